/** Running jobs in this process: context, events, errors, cancel, interruption, resume. */

import {
  CancelledError,
  definePlugin,
  Host,
  InputError,
  NotFoundError,
  type Plugin,
  tasks,
} from "@countergrade/countergrade";
import {
  Interruption,
  type Job,
  JobRunner,
  Jobs,
  Workspace,
} from "@countergrade/countergrade/jobs";
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import toys from "../../toy_tasks.ts";

class Bench implements AsyncDisposable {
  readonly log: string[] = [];
  readonly runner: JobRunner;
  readonly jobs: Jobs;
  private constructor(readonly host: Host, readonly workspace: Workspace) {
    this.runner = new JobRunner(host, workspace, (text) => this.log.push(text));
    this.jobs = new Jobs(host, workspace, { local: true });
  }

  static async open(...plugins: Plugin[]): Promise<Bench> {
    const workspace = await Workspace.open(await Deno.makeTempDir());
    return new Bench(await Host.boot([toys, ...plugins]), workspace);
  }

  async run(job: Job, signal = new AbortController().signal): Promise<Job> {
    const { queue } = this.workspace.store;
    const claimed = await queue.claim(this.workspace.owner, { id: job.id });
    await this.runner.run(claimed!, signal);
    return await this.jobs.job(job.id);
  }

  async events(job: Job) {
    return (await this.workspace.store.events.read(job.id, 0)).map(({ body }) => body);
  }

  async checkpoints(job: Job): Promise<number> {
    return (await this.workspace.store.checkpoints.list(job.checkpoint)).length;
  }

  async [Symbol.asyncDispose]() {
    await this.workspace.close();
    await Deno.remove(this.workspace.home, { recursive: true });
  }
}

/** Aborts when the job tells of step `step`. */
async function abortAt(bench: Bench, job: Job, step: number, reason: Error): Promise<Job> {
  const controller = new AbortController();
  const running = bench.run(job, controller.signal);
  for await (const { body } of bench.jobs.watch(job.id, 0, controller.signal)) {
    if (body.type === "progress" && body.step === step) controller.abort(reason);
  }
  return await running;
}

Deno.test("a job runs to its result, tells its steps, stores its artifact with provenance", async () => {
  await using bench = await Bench.open();
  const job = await bench.run(await bench.jobs.submit("countUp", { steps: 2 }, { seed: 7 }));
  assertEquals([job.state, job.attempt], ["done", 1]);
  const { tally, from } = job.result as { tally: string; from: number };
  assertEquals([from, job.artifacts], [0, [tally]]);
  assertEquals((await bench.events(job)).map(({ type }) => type), [
    "started",
    "progress",
    "progress",
    "done",
  ]);
  const artifact = await bench.jobs.artifact(tally, "tally");
  assertEquals(artifact.metadata, { steps: 2 });
  assertEquals(artifact.provenance, {
    task: "countUp",
    plugins: [{ id: "toy-tasks", version: "1.2.3" }],
    options: { steps: 2, delay: 0 },
    seed: 7,
    inputs: ["toy"],
  });
  assertEquals(await bench.checkpoints(job), 0);
  await assertRejects(() => bench.jobs.artifact(tally, "codes"), NotFoundError, "codes");
});

Deno.test("the same task, options and seed give the stored result, unless fresh or its file is damaged or gone", async () => {
  await using bench = await Bench.open();
  const first = await bench.run(await bench.jobs.submit("countUp", {}));
  assertEquals((await bench.jobs.submit("countUp", { delay: 0, steps: 5 })).id, first.id);
  assertNotEquals((await bench.jobs.submit("countUp", {}, { seed: 1 })).id, first.id);
  const again = await bench.run(await bench.jobs.submit("countUp", {}, { fresh: true }));
  assertNotEquals(again.id, first.id);
  assertEquals(again.result, first.result);
  const artifact = await bench.jobs.artifact(first.artifacts[0]);
  const file = artifact.files["sum.txt"];
  const path = bench.workspace.blobs.path(file);
  const damages = { gone: () => Deno.remove(path), damaged: () => Deno.writeTextFile(path, "0") };
  for (const [how, damage] of Object.entries(damages)) {
    await damage();
    const repaired = await bench.run(await bench.jobs.submit("countUp", {}));
    assertEquals([how, repaired.artifacts], [how, first.artifacts]);
    assertEquals([how, await bench.workspace.blobs.isIntact(file)], [how, true]);
  }
});

Deno.test("a result that was computed anew answers from then on", async () => {
  await using bench = await Bench.open();
  const first = await bench.run(await bench.jobs.submit("countUp", {}));
  const again = await bench.run(await bench.jobs.submit("countUp", {}, { fresh: true }));
  const stored = await bench.jobs.submit("countUp", {});
  assertEquals([stored.id === first.id, stored.id], [false, again.id]);
});

Deno.test("a task gets artifacts of the kind that it asks for, no others", async () => {
  const reader = definePlugin({
    id: "reader",
    version: "1.0.0",
    apiVersion: "^1",
    setup(registry) {
      registry.add(tasks, {
        name: "read",
        description: "Reads an artifact",
        options: () => z.strictObject({ kind: z.string(), id: z.string() }),
        result: z.object({ id: z.string() }),
        run: async ({ kind, id }, job) => ({ id: (await job.load(kind, id)).id }),
      });
    },
  });
  await using bench = await Bench.open(reader);
  const { artifacts: [id] } = await bench.run(await bench.jobs.submit("countUp", {}));
  const read = async (kind: string, id: string) =>
    await bench.run(await bench.jobs.submit("read", { kind, id }));
  assertEquals((await read("tally", id)).result, { id });
  for (const [kind, wanted] of [["probe", id], ["tally", "tally-none"]]) {
    const { state, error } = await read(kind, wanted);
    assertEquals([state, error?.code], ["failed", "NOT_FOUND"], `${kind} ${wanted}`);
  }
  assertEquals(bench.log, []);
});

Deno.test("all that a task told in one breath comes before its end", async () => {
  await using bench = await Bench.open();
  const job = await bench.run(await bench.jobs.submit("chatter", { events: 49 }));
  const types = (await bench.events(job)).map(({ type }) => type);
  assertEquals([types.length, types[0], types.at(-1)], [51, "started", "done"]);
});

Deno.test("a bug is masked for clients and logged in full; known errors keep code and path", async () => {
  await using bench = await Bench.open();
  const bug = await bench.run(await bench.jobs.submit("fail", { how: "bug" }));
  assertEquals(bug.error, { code: "INTERNAL", message: "Internal error" });
  assertEquals((await bench.events(bug)).at(-1), { type: "failed", error: bug.error! });
  assertEquals(bench.log.length, 1);
  assertEquals(/secret text[^]*toy_tasks/.test(bench.log[0]), true);
  const input = await bench.run(await bench.jobs.submit("fail", { how: "input" }));
  assertEquals(input.error, {
    code: "BAD_INPUT",
    message: "Cannot use c: too small",
    path: ["probe", "c"],
  });
  const result = await bench.run(await bench.jobs.submit("fail", { how: "result" }));
  assertEquals(result.error?.code, "PLUGIN");
  assertEquals(/toy-tasks.*fail.*fine/.test(result.error!.message), true);
  assertEquals(bench.log.length, 1);
});

Deno.test("a cancelled job keeps its checkpoint, and the same job goes on from there", async () => {
  await using bench = await Bench.open();
  const options = { steps: 6, delay: 1 };
  const whole = await bench.run(await bench.jobs.submit("countUp", options, { fresh: true }));
  const job = await bench.jobs.submit("countUp", { ...options, steps: 6 }, { seed: 1 });
  const cancelled = await abortAt(bench, job, 2, new CancelledError());
  assertEquals([cancelled.state, (await bench.events(cancelled)).at(-1)?.type], [
    "cancelled",
    "cancelled",
  ]);
  assertEquals([job.checkpoint, await bench.checkpoints(job)], [job.key, 2]);
  const next = await bench.run(await bench.jobs.submit("countUp", options, { seed: 1 }));
  assertNotEquals(next.id, job.id);
  assertEquals((next.result as { from: number }).from >= 2, true);
  const fresh = await bench.run(
    await bench.jobs.submit("countUp", options, { seed: 1, fresh: true }),
  );
  assertEquals((fresh.result as { from: number }).from, 0);
  assertEquals(fresh.artifacts, next.artifacts);
  assertNotEquals(fresh.artifacts, whole.artifacts);
});

Deno.test("an interrupted job goes back to the queue with its attempts and resumes", async () => {
  await using bench = await Bench.open();
  const job = await bench.jobs.submit("countUp", { steps: 6, delay: 1 });
  const interrupted = await abortAt(bench, job, 2, new Interruption());
  assertEquals([interrupted.state, interrupted.crashes], ["queued", 0]);
  assertEquals((await bench.jobs.submit("countUp", { steps: 6, delay: 1 })).id, job.id);
  const done = await bench.run(interrupted);
  assertEquals((done.result as { from: number }).from >= 2, true);
  const starts = (await bench.events(done)).filter(({ type }) => type === "started");
  assertEquals(starts, [{ type: "started", attempt: 1 }, { type: "started", attempt: 2 }]);
});

Deno.test("an aborted job never starts its task", async () => {
  await using bench = await Bench.open();
  const job = await bench.jobs.submit("fail", { how: "bug" });
  assertEquals((await bench.run(job, AbortSignal.abort())).state, "cancelled");
  assertEquals(bench.log, []);
});

Deno.test("submit refuses unknown tasks, wrong options, wrong seeds; local tasks where they cannot run", async () => {
  await using bench = await Bench.open();
  const { jobs } = bench;
  await assertRejects(() => jobs.submit("paint", {}), NotFoundError, "countUp");
  const error = await assertRejects(() => jobs.submit("countUp", { steps: 0 }), InputError);
  assertEquals(error.path, ["steps"]);
  await assertRejects(() => jobs.submit("countUp", { step: 1 }), InputError, "step");
  await assertRejects(() => jobs.submit("countUp", {}, { seed: 0.5 }), InputError, "seed");
  const file = { file: new URL(import.meta.url).pathname };
  const one = await bench.run(await jobs.submit("fileSize", file));
  assertEquals(one.state, "done");
  assertNotEquals((await jobs.submit("fileSize", file)).id, one.id);
  const remote = new Jobs(bench.host, bench.workspace);
  await assertRejects(() => remote.submit("fileSize", file), NotFoundError);
  await assertRejects(() => jobs.job("job-none"), NotFoundError);
  await assertRejects(() => jobs.cancel("job-none"), NotFoundError);
});

Deno.test("the owner is told of a cancel from elsewhere", async () => {
  await using bench = await Bench.open();
  const job = await bench.jobs.submit("hang", { busy: false });
  await bench.workspace.store.queue.claim(bench.workspace.owner, { id: job.id });
  const asked = new Promise<string>((resolve) =>
    bench.workspace.onBeat((mine) =>
      mine.filter(({ cancelRequested }) => cancelRequested).forEach(({ id }) => resolve(id))
    )
  );
  await bench.jobs.cancel(job.id);
  assertEquals(await asked, job.id);
});

Deno.test("jobs of a process that is gone return to the queue; those of a living one stay", async () => {
  await using bench = await Bench.open();
  const { home, store } = bench.workspace;
  const mine = await bench.jobs.submit("countUp", {});
  await store.queue.claim(bench.workspace.owner, { id: mine.id });
  const lost = await bench.jobs.submit("countUp", {}, { seed: 1 });
  await store.queue.claim("dead-owner", { id: lost.id });
  await Deno.writeTextFile(`${home}/owners/dead-owner.lock`, "");
  await using other = await Workspace.open(home);
  assertEquals((await other.store.jobs.get(lost.id))?.state, "queued");
  assertEquals((await other.store.jobs.get(mine.id))?.state, "running");
});

Deno.test("progress in images is told with images per second and the time left", async () => {
  const workspace = await Workspace.open(await Deno.makeTempDir());
  let now = 0;
  const runner = new JobRunner(await Host.boot([toys]), workspace, console.error, () => now += 500);
  const jobs = new Jobs(await Host.boot([toys]), workspace);
  const job = await jobs.submit("countUp", { steps: 4 });
  const { store, owner } = workspace;
  const claimed = await store.queue.claim(owner, { id: job.id });
  await runner.run(claimed!, new AbortController().signal);
  const told = (await store.events.read(job.id, 0)).flatMap(({ body }) =>
    body.type === "progress" ? [[body.step, body.imagesPerSecond, body.secondsLeft]] : []
  );
  // Two steps of four images per second.
  assertEquals(told, [[1, undefined, undefined], [2, 8, 1], [3, 8, 0.5], [4, 8, 0]]);
  await workspace.close();
  await Deno.remove(workspace.home, { recursive: true });
});
