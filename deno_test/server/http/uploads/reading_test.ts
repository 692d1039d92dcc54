/** The thread that reads a stranger's file: what it may do, how many there are, and how long one may take. */

import { CountergradeError, InputError } from "@countergrade/countergrade";
import { encode } from "@countergrade/countergrade/formats";
import { Workspace } from "@countergrade/countergrade/jobs";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Uploads } from "../../../../server/http/uploads/uploads.ts";

const PNG = encode(new Uint8Array(4), 2, 2, { color: "gray" });

/** Replaces the script that reads by another; counts the threads that live. */
class Readers implements Disposable {
  most = 0;
  #living = 0;
  #real = globalThis.Worker;

  constructor(script?: string) {
    // deno-lint-ignore no-this-alias -- of two classes
    const readers = this;
    globalThis.Worker = class extends this.#real {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(script ? `data:application/javascript,${encodeURIComponent(script)}` : url, options);
        readers.most = Math.max(readers.most, ++readers.#living);
      }
      override terminate() {
        readers.#living--;
        super.terminate();
      }
    };
  }

  get living() {
    return this.#living;
  }

  [Symbol.dispose]() {
    globalThis.Worker = this.#real;
  }
}

async function withUploads(test: (uploads: Uploads, stop: AbortController) => Promise<void>) {
  const home = await Deno.makeTempDir();
  try {
    await using workspace = await Workspace.open(home);
    const stop = new AbortController();
    await test(new Uploads(workspace, stop.signal), stop);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const file = (bytes: Uint8Array<ArrayBuffer> = PNG) => new File([bytes], "knee.png");

Deno.test("the thread that reads a picture may touch no file but its decoders, no network, no process and no setting", () =>
  withUploads(async (uploads) => {
    using _readers = new Readers(`
      const tries = {
        read: () => Deno.readTextFileSync("deno.json"),
        write: () => Deno.writeTextFileSync("written", ""),
        net: () => Deno.listen({ port: 0 }),
        run: () => new Deno.Command(Deno.execPath()).outputSync(),
        env: () => Deno.env.get("HOME"),
      };
      onmessage = () => {
        const message = Object.entries(tries).map(([what, attempt]) => {
          try {
            attempt();
            return what + ": done";
          } catch (error) {
            return what + ": " + error.name;
          }
        }).join(", ");
        postMessage({ refused: { message, path: [] } });
      };
    `);
    const refused =
      "read: NotCapable, write: NotCapable, net: NotCapable, run: NotCapable, env: NotCapable";
    const { message } = await assertRejects(() => uploads.store(file()), InputError);
    assertEquals(message, refused);
  }));

Deno.test("at most one picture is read at a time, and no thread stays", () =>
  withUploads(async (uploads) => {
    using readers = new Readers();
    const pictures = [1, 2, 3].map((value) =>
      encode(new Uint8Array(4).fill(value), 2, 2, { color: "gray" })
    );
    const ends = await Promise.allSettled(
      [...pictures, new Uint8Array([1])].map((bytes) => uploads.store(file(bytes))),
    );
    assertEquals(ends.map(({ status }) => status), [
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
    ]);
    assertEquals([readers.most, readers.living], [1, 0]);
  }));

Deno.test("a picture that takes longer than 30 s is given up, and the next one is read", () =>
  withUploads(async (uploads) => {
    {
      using readers = new Readers("onmessage = () => {};");
      using time = new FakeTime();
      const slow = assertRejects(() => uploads.store(file()), CountergradeError, "takes too long");
      for (let turn = 0; readers.living === 0 && turn < 1000; turn++) await time.runMicrotasks();
      await time.tickAsync(29_900);
      assertEquals(readers.living, 1);
      await time.tickAsync(200);
      assertEquals(readers.living, 0);
      assertEquals((await slow).code, "LIMIT");
    }
    assertStringIncludes((await uploads.store(file())).id, "image-");
  }));

Deno.test("a thread that breaks refuses its picture, and a server that stops waits for none", () =>
  withUploads(async (uploads, stop) => {
    {
      using _readers = new Readers("throw new Error('broken')");
      await assertRejects(() => uploads.store(file()), InputError, "cannot be read");
    }
    using readers = new Readers("onmessage = () => {};");
    const waiting = assertRejects(() => uploads.store(file()), CountergradeError, "too long");
    stop.abort();
    await waiting;
    assertEquals(readers.living, 0);
  }));

Deno.test("what surprises the thread is a bug whose cause the log gets, not the client", () =>
  withUploads(async (uploads) => {
    using _readers = new Readers(
      `onmessage = () => postMessage({ fault: "TypeError: why" })`,
    );
    await assertRejects(() => uploads.store(file()), Error, "TypeError: why");
  }));

Deno.test("a DICOM file of 20,000 sequences within each other is refused as what it is", () =>
  withUploads(async (uploads) => {
    const begin = "\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0";
    const nested = "\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff";
    const text = `${"\0".repeat(128)}DICM${begin}${nested.repeat(20_000)}`;
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    await assertRejects(() => uploads.store(file(bytes)), InputError, "DICOM");
  }));
