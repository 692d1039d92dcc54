/** Bodies: read within a limit, whatever is claimed about them. */

import { CountergradeError, InputError } from "@countergrade/countergrade";
import { assertEquals, assertRejects } from "@std/assert";
import { readBody } from "../../../server/http/request_body.ts";

const request = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request("http://localhost", { method: "POST", body, headers });

/** A body of parts, without a length. */
function parts(
  sizes: readonly number[],
  end: (controller: ReadableStreamDefaultController) => void,
) {
  let at = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at === sizes.length) end(controller);
      else controller.enqueue(new Uint8Array(sizes[at++]));
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { stream, read: () => at, cancelled: () => cancelled };
}

Deno.test("a body is read to its limit, and not a part further", async () => {
  assertEquals((await readBody(request("x".repeat(10)), 10)).length, 10);
  const fits = parts([4, 6], (controller) => controller.close());
  assertEquals((await readBody(request(fits.stream), 10)).length, 10);
  const long = parts([4, 7, 4, 4], (controller) => controller.close());
  await assertRejects(
    () => readBody(request(long.stream), 10),
    CountergradeError,
    "at most 10 bytes, it has more",
  );
  assertEquals([long.read(), long.cancelled()], [2, true]);
});

Deno.test("what is claimed of a body is checked before it is read", async () => {
  const claim = (text: string) => readBody(request("{}", { "content-length": text }), 10);
  assertEquals((await claim("10")).length, 2);
  await assertRejects(() => claim("11"), CountergradeError, "at most 10 bytes, it has 11");
  for (const odd of ["-1", "1, 2", "x", "1e3"]) {
    await assertRejects(() => claim(odd), InputError, "in digits");
  }
});

Deno.test("a body that breaks off is an error of the caller's", async () => {
  const broken = parts([4], (controller) => controller.error(new TypeError("connection reset")));
  await assertRejects(() => readBody(request(broken.stream), 10), InputError, "it broke off");
});
