/** Watching: no event lost, none twice, whoever writes and whenever the reader comes or goes. */

import { NotFoundError } from "@countergrade/countergrade";
import { type ClaimedJob, type JobEvent, LocalEventBus } from "@countergrade/countergrade/jobs";
import { SqliteStore } from "../../../core/jobs/sqlite/store.ts";
import { watchEvents } from "../../../core/jobs/watch.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { spy, stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";

function running(store: SqliteStore): ClaimedJob {
  const { id } = store.queue.add({ task: "t", options: {}, seed: 0, key: crypto.randomUUID() });
  return store.queue.claim("me", { id })!;
}

const numbers = (events: JobEvent[]) => events.map(({ number }) => number);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
/** Lets pass what waits for other turns of this thread. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
/** A clock that stands still until it is moved. */
function stoppedClock() {
  let ms = 0;
  return { away: (by: number) => void (ms += by), now: stub(performance, "now", () => ms) };
}
const tell = (store: SqliteStore, job: ClaimedJob, step: number) =>
  store.events.append(job, [{ type: "progress", step, total: 1 }]);

Deno.test("a watcher sees every event once and in order, then the end", async () => {
  const bus = new LocalEventBus();
  using store = new SqliteStore(":memory:", { bus });
  const job = running(store);
  const { id } = job;
  for (let i = 0; i < 300; i++) tell(store, job, i);
  const early = Array.fromAsync(watchEvents(store, bus, id));
  const late = Array.fromAsync(watchEvents(store, bus, id, 450));
  for (let i = 300; i < 600; i++) {
    tell(store, job, i);
    if (i % 7 === 0) await turn();
  }
  store.queue.finish(job, { state: "done", result: 5 });
  const events = await early;
  assertEquals(numbers(events), upTo(601));
  assertEquals(events.at(-1)?.body, { type: "done", result: 5 });
  assertEquals(numbers(await late), upTo(601).slice(450));
  assertEquals(numbers(await Array.fromAsync(watchEvents(store, bus, id, 599))), [600, 601]);
  assertEquals(numbers(await Array.fromAsync(watchEvents(store, bus, id))), upTo(601));
  assertEquals(await Array.fromAsync(watchEvents(store, bus, id, 601)), []);
  assertEquals(bus.size, 0);
});

Deno.test("events of another process, which rings no bus here, are seen too", async () => {
  using time = new FakeTime();
  using store = new SqliteStore(":memory:");
  const job = running(store);
  const { id } = job;
  const seen = Array.fromAsync(watchEvents(store, new LocalEventBus(), id));
  await time.runMicrotasks();
  tell(store, job, 1);
  store.queue.finish(job, { state: "cancelled" });
  await time.tickAsync(500);
  assertEquals((await seen).map(({ body }) => body.type), ["progress", "cancelled"]);
});

Deno.test("a watcher that leaves while waiting is let go at once", async () => {
  // Time stands still: nobody asks the store again.
  using time = new FakeTime();
  const bus = new LocalEventBus();
  using store = new SqliteStore(":memory:", { bus });
  const job = running(store);
  const { id } = job;
  const { signal } = new AbortController();
  using heard = spy(signal, "addEventListener");
  using left = spy(signal, "removeEventListener");
  const watcher = watchEvents(store, bus, id, 0, signal);
  const pending = watcher.next();
  await time.runMicrotasks();
  assertEquals(bus.size, 1);
  await watcher.return!();
  assertEquals(bus.size, 0);
  assertEquals(await pending, { done: true, value: undefined });
  // A signal that outlives its watchers keeps none of them.
  assertEquals([heard.calls.length, left.calls.length > 0], [1, true]);
});

Deno.test("a watcher that leaves between two events is forgotten by its signal", async () => {
  using store = new SqliteStore(":memory:");
  const job = running(store);
  tell(store, job, 1);
  const { signal } = new AbortController();
  using left = spy(signal, "removeEventListener");
  const watcher = watchEvents(store, new LocalEventBus(), job.id, 0, signal);
  assertEquals((await watcher.next()).value?.number, 1);
  assertEquals(left.calls.length, 0);
  await watcher.return!();
  assertEquals(left.calls.length, 1);
});

Deno.test("aborting the signal ends the watch without an error", async () => {
  const bus = new LocalEventBus();
  using store = new SqliteStore(":memory:", { bus });
  const job = running(store);
  const { id } = job;
  tell(store, job, 1);
  const controller = new AbortController();
  const seen: number[] = [];
  for await (const { number } of watchEvents(store, bus, id, 0, controller.signal)) {
    seen.push(number);
    setTimeout(() => controller.abort());
  }
  assertEquals(seen, [1]);
  assertEquals(bus.size, 0);
  assertEquals(await Array.fromAsync(watchEvents(store, bus, id, 0, controller.signal)), []);
});

Deno.test("an unknown job is a NotFoundError at the first step", async () => {
  using store = new SqliteStore(":memory:");
  const watcher = watchEvents(store, new LocalEventBus(), "job-none");
  await assertRejects(() => watcher.next(), NotFoundError, "job-none");
});

Deno.test("a slow reader is spared replaced previews, then replaced progress, and nothing else", async () => {
  const bus = new LocalEventBus();
  using store = new SqliteStore(":memory:", { bus });
  const job = running(store);
  const { id } = job;
  const preview = (step: number) =>
    store.events.append(job, [{ type: "preview", step, total: 9, image: "a" }]);
  const frame = (index: number) => store.events.append(job, [{ type: "frame", index, frame: {} }]);
  tell(store, job, 0);
  const { away, now } = stoppedClock();
  using _clock = now;
  const watcher = watchEvents(store, bus, id, 0, undefined, 5);
  await watcher.next();
  for (let i = 1; i <= 3; i++) {
    tell(store, job, i);
    preview(i);
  }
  frame(0);
  // Away for longer than the 5 ms that it has.
  away(6);
  const told = async () => {
    const { value } = await watcher.next();
    const body = value!.body as { type: string; step?: number };
    return `${body.type} ${body.step ?? ""}`.trim();
  };
  const few = [];
  for (let i = 0; i < 5; i++) few.push(await told());
  assertEquals(few, ["progress 1", "progress 2", "progress 3", "preview 3", "frame"]);

  for (let i = 1; i <= 300; i++) {
    tell(store, job, i);
    preview(i);
    if (i % 100 === 0) frame(i);
  }
  store.queue.finish(job, { state: "done", result: 1 });
  away(6);
  const rest = (await Array.fromAsync(watcher)).map(({ body }) => body.type);
  const count = (type: string) => rest.filter((one) => one === type).length;
  assertEquals([count("frame"), count("done"), rest.at(-1)], [3, 1, "done"]);
  assertEquals([count("preview"), count("progress") < 100], [3, true]);
});

Deno.test("a slow reader that has caught up gets every preview again", async () => {
  using store = new SqliteStore(":memory:");
  const job = running(store);
  const { id } = job;
  const preview = (step: number) =>
    store.events.append(job, [{ type: "preview", step, total: 9, image: "a" }]);
  const { away, now } = stoppedClock();
  using _clock = now;
  tell(store, job, 0);
  const watcher = watchEvents(store, new LocalEventBus(), id, 0, undefined, 5);
  const next = async () => ((await watcher.next()).value!.body as { step: number }).step;
  assertEquals(await next(), 0);
  for (const step of [1, 2, 3]) preview(step);
  away(6);
  assertEquals(await next(), 3);
  away(5);
  for (const step of [4, 5, 6]) preview(step);
  assertEquals([await next(), await next(), await next()], [4, 5, 6]);
  await watcher.return!();
});

Deno.test("an abort ends the watch at once, however many events are read already", async () => {
  using store = new SqliteStore(":memory:");
  const job = running(store);
  const { id } = job;
  for (let step = 1; step <= 100; step++) tell(store, job, step);
  const controller = new AbortController();
  const seen: number[] = [];
  for await (
    const { number } of watchEvents(store, new LocalEventBus(), id, 0, controller.signal)
  ) {
    seen.push(number);
    controller.abort();
  }
  assertEquals(seen, [1]);
});

Deno.test("a reader that keeps up is spared nothing, however far behind it starts", async () => {
  const bus = new LocalEventBus();
  using store = new SqliteStore(":memory:", { bus });
  const job = running(store);
  const { id } = job;
  for (let step = 1; step <= 600; step++) {
    store.events.append(job, [{ type: "preview", step, total: 9, image: "a" }]);
  }
  store.queue.finish(job, { state: "done", result: 1 });
  assertEquals(numbers(await Array.fromAsync(watchEvents(store, bus, id))), upTo(601));
});

Deno.test("for a hundred who follow a job the store is asked as for one", async () => {
  const bus = new LocalEventBus();
  using store = new SqliteStore(":memory:", { bus });
  const job = running(store);
  using states = spy(store.jobs, "get");
  using reads = spy(store.events, "read");
  const all = Array.from({ length: 100 }, () => Array.fromAsync(watchEvents(store, bus, job.id)));
  await turn();
  for (let i = 0; i < 5; i++) {
    tell(store, job, i);
    await turn();
  }
  store.queue.finish(job, { state: "done", result: 5 });
  for (const events of await Promise.all(all)) assertEquals(numbers(events), upTo(6));
  // One look finds an event, the next finds that there is no more.
  assertEquals([states.calls.length <= 14, reads.calls.length <= 14], [true, true]);
});
