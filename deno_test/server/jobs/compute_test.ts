/** The compute worker: it runs jobs beside this thread, and is replaced when it hangs. */

import { CountergradeError } from "@countergrade/countergrade";
import { type Job, Workspace } from "@countergrade/countergrade/jobs";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { assertSpyCallArg, spy } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { until } from "../../until.ts";
import { Compute, type ComputeOptions } from "../../../server/jobs/compute.ts";

const toys = new URL("../../toy_tasks.ts", import.meta.url).href;

async function withCompute(
  test: (compute: Compute, home: string) => Promise<void>,
  options: Partial<ComputeOptions> = {},
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await using compute = await Compute.start({ home, plugins: [toys], ...options });
    await test(compute, home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function ended(compute: Compute, job: Job): Promise<Job> {
  for await (const _ of compute.watch(job.id));
  return await compute.job(job.id);
}

/** Resolves when a job has told of its step `step`. */
async function reached(compute: Compute, job: Job, step: number): Promise<void> {
  for await (const { body } of compute.watch(job.id)) {
    if (body.type === "progress" && body.step >= step) return;
  }
}

Deno.test("jobs run in the worker, one after the other; a subscriber sees every event in order", () =>
  withCompute(async (compute) => {
    const many = await compute.submit("chatter", { events: 500 });
    const next = await compute.submit("countUp", { steps: 3 });
    const events = await Array.fromAsync(compute.watch(many.id));
    assertEquals(events.map(({ number }) => number), Array.from({ length: 502 }, (_, i) => i + 1));
    assertEquals((await ended(compute, next)).state, "done");
    const [first, second] = [await compute.job(many.id), await compute.job(next.id)];
    assert(first.finishedAt! <= second.startedAt!);
  }));

Deno.test("a bug in a task fails the job, masked, and the worker goes on", () =>
  withCompute(async (compute) => {
    const job = await ended(compute, await compute.submit("fail", { how: "input" }));
    assertEquals([job.state, job.error?.code], ["failed", "BAD_INPUT"]);
    assertEquals((await ended(compute, await compute.submit("countUp", {}))).state, "done");
  }));

Deno.test("a running job is cancelled at its next step; a queued one at once", () =>
  withCompute(async (compute) => {
    const running = await compute.submit("countUp", { steps: 10_000, delay: 1 });
    const queued = await compute.submit("countUp", { steps: 5 });
    await reached(compute, running, 2);
    assertEquals((await compute.cancel(queued.id)).state, "cancelled");
    await compute.cancel(running.id);
    assertEquals((await ended(compute, running)).state, "cancelled");
  }));

Deno.test("a worker that hangs in a cancelled job is replaced; this thread stays free meanwhile", () =>
  withCompute(async (compute, home) => {
    const stuck = await compute.submit("hang", { folder: home });
    const next = await compute.submit("countUp", {});
    await reached(compute, stuck, 0);
    await compute.cancel(stuck.id);
    assertEquals((await ended(compute, stuck)).state, "cancelled");
    assertEquals((await ended(compute, next)).state, "done");
    assertEquals(compute.ready, true);
  }, { cancelDeadline: 200 }));

Deno.test("a job that takes the worker down is tried three times, then fails; the next job runs", () =>
  withCompute(async (compute) => {
    const bomb = await compute.submit("explode", {});
    const next = await compute.submit("countUp", {});
    const events = await Array.fromAsync(compute.watch(bomb.id));
    const types = events.map(({ body }) => body.type).filter((type) => type !== "queued");
    assertEquals(types, [...Array(3).fill("started"), "failed"]);
    assertEquals((await compute.job(bomb.id)).error?.code, "LIMIT");
    assertEquals((await ended(compute, next)).state, "done");
  }, { rest: 1 }));

Deno.test("shutdown gives the running job back, and the next start goes on with it", async () => {
  const home = await Deno.makeTempDir();
  let job: Job;
  {
    await using compute = await Compute.start({ home, plugins: [toys] });
    job = await compute.submit("countUp", { steps: 40, delay: 2 });
    await reached(compute, job, 3);
    const open = Array.fromAsync(compute.watch(job.id));
    await compute.shutdown();
    assert((await open).every(({ body }) => body.type !== "done"));
  }
  {
    await using compute = await Compute.start({ home, plugins: [toys] });
    const done = await ended(compute, job);
    assertEquals([done.state, done.attempt, done.crashes], ["done", 2, 0]);
    assert((done.result as { from: number }).from >= 3);
  }
  await Deno.remove(home, { recursive: true });
});

Deno.test("shutdown ends a hanging worker at its deadline", async () => {
  const home = await Deno.makeTempDir();
  const compute = await Compute.start({ home, plugins: [toys] });
  const stuck = await compute.submit("hang", { folder: home });
  await reached(compute, stuck, 0);
  await compute.shutdown(100);
  await compute.shutdown(100);
  await using workspace = await Workspace.open(home);
  // It was interrupted, which is not its fault.
  const { state, crashes } = (await workspace.store.jobs.get(stuck.id))!;
  assertEquals([state, crashes], ["queued", 0]);
  await workspace.close();
  await Deno.remove(home, { recursive: true });
});

Deno.test("a job that is submitted wakes the worker, which need not look for it", () =>
  withCompute(async (compute) => {
    const post = spy(Worker.prototype, "postMessage");
    try {
      const job = await compute.submit("countUp", {});
      assertSpyCallArg(post, 0, 0, { type: "wake" });
      assertEquals((await ended(compute, job)).state, "done");
    } finally {
      post.restore();
    }
  }));

Deno.test("the deadline of a cancelled job runs from the first time that it was cancelled", () =>
  withCompute(async (compute, home) => {
    using heard = spy(compute.workspace.bus, "subscribe");
    const stuck = await compute.submit("hang", { folder: home });
    await reached(compute, stuck, 0);
    // Its events may be there before the worker's word that it began.
    await until(() => heard.calls.some(({ args: [topic] }) => topic === `${stuck.id} cancel`));
    {
      using time = new FakeTime();
      await compute.cancel(stuck.id);
      time.tick(15_000);
      await compute.cancel(stuck.id);
      time.tick(4_999);
      assertEquals([(await compute.job(stuck.id)).state, compute.ready], ["running", true]);
      time.tick(1);
      assertEquals(compute.ready, false);
    }
    assertEquals((await ended(compute, stuck)).state, "cancelled");
    assertEquals((await ended(compute, await compute.submit("countUp", {}))).state, "done");
  }));

Deno.test("a cancel that another process asks for reaches the worker", () =>
  withCompute(async (compute, home) => {
    const job = await compute.submit("countUp", { steps: 10_000, delay: 1 });
    await reached(compute, job, 1);
    await using other = await Workspace.open(home);
    await other.store.queue.cancel(job.id);
    assertEquals((await ended(compute, job)).state, "cancelled");
  }));

Deno.test("plugins that cannot be loaded are a typed error at the start", async () => {
  const home = await Deno.makeTempDir();
  await assertRejects(
    () => Compute.start({ home, plugins: ["./no/such/plugin.ts"] }),
    CountergradeError,
    "cannot be imported",
  );
  await Deno.remove(home, { recursive: true });
});
