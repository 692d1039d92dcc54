/** Bodies: read within limits of length, time and memory, whatever is claimed about them. */

import { CountergradeError, InputError } from "@countergrade/countergrade";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { until } from "../../until.ts";
import { BodyRefused, RequestBodies } from "../../../server/http/request_body.ts";

const request = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request("http://localhost", { method: "POST", body, headers });

const bodies = new RequestBodies();
const readBody = (request: Request, bytes: number) =>
  bodies.read(request, "client", { bytes, ms: 60_000 });

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

/** A body that sends `first` and then waits. */
function waiting(first: number) {
  let at = 0;
  const { promise, resolve: go } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at++ === 0) return controller.enqueue(new Uint8Array(first));
      await promise;
      controller.close();
    },
  }, { highWaterMark: 0 });
  return { request: request(body), go };
}

Deno.test("a body that takes too long is let go, and what it held is free", async () => {
  const slow = new RequestBodies();
  const { request } = waiting(1000);
  const error = await assertRejects(
    () => slow.read(request, "a", { bytes: 2000, ms: 0 }),
    BodyRefused,
    "too long",
  );
  assertEquals([error.status, error.code, slow.held], [408, "LIMIT", 0]);
});

Deno.test("nothing of a body may come for 20 s, however long it may take as a whole", async () => {
  using time = new FakeTime();
  const silent = new RequestBodies();
  const { request } = waiting(1);
  let ended = false;
  const reading = silent.read(request, "a", { bytes: 10, ms: 60_000 })
    .catch((error) => error).finally(() => ended = true);
  await time.tickAsync(19_999);
  assertEquals([ended, silent.held], [false, 1]);
  await time.tickAsync(1);
  const error = await reading as BodyRefused;
  assertEquals([error.status, silent.held], [408, 0]);
});

Deno.test("all bodies together hold 256 MB, those of one client 64", async () => {
  const usual = new RequestBodies();
  const limits = { bytes: 1e9, ms: 60_000 };
  // One piece over and over: only what it counts for is large.
  const piece = new Uint8Array(8_000_000);
  const full = () => {
    const { promise, resolve: more } = Promise.withResolvers<void>();
    let at = 0;
    const body = new ReadableStream({
      async pull(controller) {
        if (at++ < 8) return controller.enqueue(piece);
        await promise;
        controller.enqueue(new Uint8Array(1));
      },
    }, { highWaterMark: 0 });
    return { request: request(body), more };
  };
  const clients = ["a", "b", "c", "d"].map((client) => {
    const { request, more } = full();
    const reading = usual.read(request, client, limits);
    return { reading, more };
  });
  await until(() => usual.held === 256_000_000);
  await assertRejects(() => usual.read(request("x"), "e", limits), BodyRefused, "so much");
  for (const { reading, more } of clients) {
    more();
    assertEquals((await assertRejects(() => reading, BodyRefused)).status, 503);
  }
  assertEquals(usual.held, 0);
});

Deno.test("bodies hold what has come, not what they claim, up to a bound for one client and for all", async () => {
  const bounded = new RequestBodies({ all: 100, ofOneClient: 60 });
  const limits = { bytes: 1000, ms: 60_000 };
  const held = async (bytes: number) => {
    await until(() => bounded.held >= bytes);
    assertEquals(bounded.held, bytes);
  };
  const first = waiting(50);
  const reading = bounded.read(first.request, "a", limits);
  await held(50);
  const claims = request("x", { "content-length": "900" });
  assertEquals((await bounded.read(claims, "a", limits)).length, 1);
  const refused = (client: string, bytes: number) =>
    assertRejects(() => bounded.read(request("x".repeat(bytes)), client, limits), BodyRefused);
  assertEquals((await refused("a", 11)).status, 503);
  const second = waiting(50);
  const other = bounded.read(second.request, "b", limits);
  await held(100);
  assertEquals((await refused("c", 1)).status, 503);
  first.go();
  assertEquals((await reading).length, 50);
  assertEquals((await bounded.read(request("x".repeat(50)), "a", limits)).length, 50);
  second.go();
  assert(await other);
  assertEquals(bounded.held, 0);
});
