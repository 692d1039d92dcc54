/** Jobs that wait hear of their place, of what is ahead, and of how long that may take. */

import { announceWaiting, SqliteStore } from "@countergrade/countergrade/jobs";
import { work } from "@countergrade/countergrade/testing";
import { assertEquals } from "@std/assert";

Deno.test("a job that waits is told its place, the tasks ahead, and the time by how long the last ones took", async () => {
  let now = 0;
  using store = new SqliteStore(":memory:", { now: () => now });
  const { queue, events } = store;
  for (const seconds of [8, 12]) {
    queue.add(work(`before-${seconds}`), { fresh: true });
    const job = queue.claim("me")!;
    now += seconds * 1_000;
    queue.finish(job, { state: "done", result: 1 });
  }
  const running = queue.add(work("a"));
  const job = queue.claim("me")!;
  const next = queue.add(work("b"));
  const last = queue.add(work("c", "trainProbe"));
  const told = (id: string) => events.read(id, 0).map(({ body }) => body);

  now += 900;
  await announceWaiting(store, now);
  assertEquals(told(next.id), []);
  now += 1_100;
  await announceWaiting(store, now);
  await announceWaiting(store, now + 500);
  const [runs, waits] = (["running", "queued"] as const).map((state) => ({
    task: "encode",
    state,
  }));
  const first = { type: "queued", position: 1, ahead: [runs], secondsLeft: 8 } as const;
  const second = { type: "queued", position: 2, ahead: [runs, waits], secondsLeft: 18 } as const;
  assertEquals(told(next.id), [first]);
  assertEquals(told(last.id), [second]);
  assertEquals(told(running.id), []);

  queue.finish(job, { state: "done", result: 1 });
  await announceWaiting(store, now);
  // With nothing ahead a job is taken up any moment.
  assertEquals(told(next.id), [first]);
  const time = { position: 2, secondsLeft: 22 / 3 } as const;
  assertEquals(told(last.id), [second, { type: "queued", ahead: [waits], ...time }]);
});
