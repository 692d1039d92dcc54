/** Time that stands still until it is moved. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime, TimeError } from "@std/testing/time";

Deno.test("dates say the time that was set, and go on with it", () => {
  using time = new FakeTime("2020-01-02T03:04:05Z");
  assertEquals(new Date().toISOString(), "2020-01-02T03:04:05.000Z");
  time.tick(1500);
  assertEquals([Date.now() - time.start, time.now - time.start], [1500, 1500]);
  assertEquals(Date(), new Date(time.now).toString());
  assertEquals([new Date(5).valueOf(), Date.UTC(1970, 0, 1)], [5, 0]);
  assert(new Date() instanceof Date);
});

Deno.test("timers run when they are due, in order, with their arguments", () => {
  using time = new FakeTime(0);
  const told: unknown[] = [];
  const tell = (what: string) => told.push([what, Date.now()]);
  setTimeout(tell, 30, "c");
  setTimeout(tell, 10, "a");
  setTimeout(() => setTimeout(tell, 5, "b"), 10);
  clearTimeout(setTimeout(tell, 20, "never"));
  time.tick(9);
  assertEquals(told, []);
  time.tick(1);
  assertEquals(told, [["a", 10]]);
  time.tick(100);
  assertEquals(told, [["a", 10], ["b", 15], ["c", 30]]);
  assertEquals(time.now, 110);
});

Deno.test("an interval comes again until it is cleared", () => {
  using time = new FakeTime(0);
  const told: number[] = [];
  const interval = setInterval(() => {
    told.push(Date.now());
    if (told.length === 3) clearInterval(interval);
  }, 10);
  time.tick(100);
  assertEquals(told, [10, 20, 30]);
});

Deno.test("next() goes to the next timer and says whether there was one", async () => {
  using time = new FakeTime(0);
  let rung = 0;
  setTimeout(() => rung++, 60_000);
  setTimeout(() => rung++, 70_000);
  assert(time.next());
  assertEquals([rung, time.now], [1, 60_000]);
  time.runAll();
  assertEquals([rung, time.now], [2, 70_000]);
  assert(!time.next());
  assert(!await time.nextAsync());
});

Deno.test("what waits for promises runs before and after the time has passed", async () => {
  using time = new FakeTime(0);
  const told: number[] = [];
  const sleeper = (async () => {
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 10));
    told.push(Date.now());
  })();
  await time.tickAsync(10);
  assertEquals(told, [10]);
  await sleeper;
  setTimeout(() => Promise.resolve().then(() => setTimeout(() => told.push(Date.now()), 5)), 5);
  await time.runAllAsync();
  assertEquals(told, [10, 20]);
});

Deno.test("a delay ends with its time or its signal, and a signal times out by this time", async () => {
  using time = new FakeTime(0);
  const delay = time.delay(10);
  const signal = AbortSignal.timeout(20);
  const long = time.delay(1000, { signal });
  time.tick(10);
  await delay;
  assert(!signal.aborted);
  time.tick(10);
  assert(signal.aborted);
  await assertRejects(() => long, DOMException, "timed out");
  await assertRejects(() => time.delay(1, { signal }), DOMException, "timed out");
  assert(!time.next());
});

Deno.test("the real time comes back, and is faked once only", async () => {
  const { setTimeout, Date } = globalThis;
  const time = new FakeTime(0);
  assertThrows(() => new FakeTime(), TimeError, "already faked");
  assertThrows(() => time.now = -1, RangeError);
  let rung = false;
  globalThis.setTimeout(() => rung = true, 1);
  time.restore();
  assertThrows(() => time.restore(), TimeError);
  assertThrows(() => FakeTime.restore(), TimeError);
  assertEquals([globalThis.setTimeout, globalThis.Date], [setTimeout, Date]);
  await new Promise((resolve) => setTimeout(resolve, 3));
  assert(!rung && Date.now() > 1e12);
  assertThrows(() => new FakeTime("no date"), TimeError);
});
