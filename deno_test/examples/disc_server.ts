/** A server with a model of discs, and a line to it that breaks. */

import { cp } from "node:fs/promises";
import { encode } from "@countergrade/countergrade/formats";
import { builtins } from "@countergrade/countergrade/plugins";
import { discPath, openLab, writeDiscs } from "../../examples/own_dataset.ts";
import { serve } from "../../server/main.ts";

let trained: Promise<string> | undefined;
Deno.test.afterAll(async () => {
  if (trained) await Deno.remove(await trained, { recursive: true });
});

/** Images and the home folder of a model of them, which all tests take a copy of. */
async function train(): Promise<string> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await writeDiscs(folder);
  await using lab = await openLab(folder, builtins);
  await discPath(lab, 2);
  return folder;
}

/** Runs a test against a server that has a probe; `folder` is for its files. */
export async function withDiscServer(
  test: (url: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await cp(await (trained ??= train()), folder, { recursive: true });
    await using server = await serve({
      port: 0,
      host: "127.0.0.1",
      home: `${folder}/home`,
      data: folder,
    });
    await test(server.url, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A bright disc on black, 60 × 40 RGB, as PNG. */
export const DISC = encode(
  Uint8Array.from({ length: 60 * 40 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 60 - 30, Math.floor(i / 180) - 20];
    return x * x + y * y < 100 ? 220 : 10;
  }),
  60,
  40,
  { color: "rgb" },
);

/** A way to a server on which every connection with events breaks after some of them. */
export interface BrokenLine extends AsyncDisposable {
  readonly url: string;
  /** How often it broke. */
  readonly breaks: number;
}

/** Opens one: `events` pass before a break, in the middle of the next; `times` it breaks. */
export function breakLine(target: string, { events = 3, times = 3 } = {}): BrokenLine {
  let breaks = 0;
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { hostname, port } = new URL(target);
  const lines = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const carry = async (near: Deno.Conn) => {
    const far = await Deno.connect({ hostname, port: Number(port) });
    const cut = cutAfter(() => breaks < times ? events : Infinity, () => breaks++);
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, closing.signal]);
    const ways = [
      near.readable.pipeTo(far.writable, { signal }),
      far.readable.pipeThrough(cut).pipeTo(near.writable, { signal }),
    ];
    await Promise.race(ways).catch(() => {});
    stop.abort();
    await Promise.allSettled(ways);
  };
  const accepting = (async () => {
    for await (const near of listener) {
      const line = carry(near);
      lines.add(line);
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/`,
    get breaks() {
      return breaks;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      // Clients keep connections for a while.
      closing.abort();
      await accepting;
      await Promise.all(lines);
    },
  };
}

/** Lets some events of a connection through, then half of the next one, and fails. */
function cutAfter(
  events: () => number,
  onCut: () => void,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let text = "";
  const decoder = new TextDecoder();
  return new TransformStream({
    transform(part, controller) {
      text += decoder.decode(part, { stream: true });
      const seen = text.split("data: {").length - 1;
      if (seen <= events()) return controller.enqueue(part);
      onCut();
      controller.enqueue(part.slice(0, 20));
      controller.error(new Error("the line broke"));
    },
  });
}
