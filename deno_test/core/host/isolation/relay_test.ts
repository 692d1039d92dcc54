/** The thread between a host and a process: it says why the process ended, on both ways. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { newChannel, received } from "../../../../core/host/isolation/blocking_channel.ts";
import type { FromRelay, ToRelay } from "../../../../core/host/isolation/messages.ts";

/** Why a process that runs `script` has ended, as the relay tells. */
async function fate(args: readonly string[], command = Deno.execPath()): Promise<string> {
  const url = new URL("../../../../core/host/isolation/relay.ts", import.meta.url);
  const relay = new Worker(url, { type: "module" });
  const [near, far] = newChannel();
  const { promise, resolve } = Promise.withResolvers<FromRelay>();
  relay.onmessage = ({ data }: MessageEvent<FromRelay>) => resolve(data);
  const start: ToRelay = { type: "start", command, args, megabytes: 70, channel: far };
  relay.postMessage(start, [far.port]);
  const gone = await promise;
  assertEquals(received(near, 0), gone);
  near.port.close();
  relay.terminate();
  assert("type" in gone, "the process ended without a frame");
  return gone.why;
}

const script = (text: string, ...flags: string[]) => fate(["eval", ...flags, text]);

Deno.test("a process that cannot be started, and one that ends, are told of", async () => {
  assertStringIncludes(await fate([], "/nowhere/deno"), "cannot be started: ");
  assertEquals(await script("Deno.exit(7)"), "crashed (code 7)");
});

Deno.test("a process whose heap is full took too much memory", async () => {
  const fill = "const kept = []; for (;;) kept.push(new Array(1000).fill({}));";
  const why = await script(fill, "--v8-flags=--max-old-space-size=70");
  assertEquals(why, "took more than 70 MB of memory");
});

Deno.test("a process that writes what is no frame is ended", async () => {
  const why = await script(
    "console.log('a line of text, and another'); setInterval(() => {}, 1000)",
  );
  assertStringIncludes(why, "sent what is no message: ");
});
