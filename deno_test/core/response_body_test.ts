/** Answers of servers that are whole, stand still, break off, or are not wanted any more. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { getEventListeners } from "node:events";
import { chunksOf } from "../../core/response_body.ts";

const never = new AbortController().signal;

/**
 * Runs with what a server answers: three bytes, and then what `next` does; `left` resolves when its client has left. `fetch()` does not know
 * `signal`, as if it had forgotten it.
 */
async function withAnswer(
  next: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
  run: (chunks: ReturnType<typeof chunksOf>, left: Promise<void>) => Promise<void>,
  { signal = never, headers = {} }: { signal?: AbortSignal; headers?: HeadersInit } = {},
): Promise<void> {
  const left = Promise.withResolvers<void>();
  const body = () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array([1, 2, 3]));
        next(controller);
      },
      cancel: () => left.resolve(),
    });
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(body(), { headers }),
  );
  const response = await fetch(`http://127.0.0.1:${server.addr.port}`);
  await run(chunksOf(response, signal), left.promise);
}

Deno.test("a whole answer comes whole, an empty one has no bytes", async () => {
  await withAnswer((controller) => controller.close(), async (chunks) => {
    assertEquals((await Array.fromAsync(chunks)).flatMap((chunk) => [...chunk]), [1, 2, 3]);
  });
  assertEquals(await Array.fromAsync(chunksOf(new Response(null), never)), []);
  assertEquals(getEventListeners(never, "abort"), []);
});

Deno.test("an answer that stands still ends by the signal", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  await withAnswer(() => {}, async (chunks, left) => {
    assertEquals((await chunks.next()).value, new Uint8Array([1, 2, 3]));
    const more = chunks.next();
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => more), reason);
    await left;
  }, { signal: controller.signal });
});

Deno.test("an answer that nobody wants any more is not begun", () => {
  const reason = new Error("enough");
  return withAnswer(() => {}, async (chunks, left) => {
    assertStrictEquals(await assertRejects(() => chunks.next()), reason);
    await left;
  }, { signal: AbortSignal.abort(reason) });
});

Deno.test("an answer that breaks off is no whole one", () =>
  withAnswer((controller) => controller.close(), async (chunks) => {
    await assertRejects(() => Array.fromAsync(chunks), TypeError);
  }, { headers: { "content-length": "10" } }));

Deno.test("who stops reading leaves the server", () =>
  withAnswer(() => {}, async (chunks, left) => {
    for await (const chunk of chunks) {
      assertEquals(chunk.length, 3);
      break;
    }
    await left;
  }));
