/** A work in parts: shared with other workers, gone on with, mended. */

import { CancelledError, Host, InputError } from "@countergrade/countergrade";
import {
  type ClaimedJob,
  Interruption,
  type Job,
  JobRunner,
  Jobs,
  Workspace,
} from "@countergrade/countergrade/jobs";
import { assert, assertEquals } from "@std/assert";
import toys from "../../toy_tasks.ts";
import { until } from "../../until.ts";

const host = await Host.boot([toys]);

/** Two workers on one home folder. */
async function twoWorkers() {
  const home = await Deno.makeTempDir();
  const [here, there] = [await Workspace.open(home), await Workspace.open(home)];
  const log: string[] = [];
  const jobs = new Jobs(host, here);
  return {
    here,
    there,
    jobs,
    log,
    run(
      job: ClaimedJob | undefined,
      workspace = here,
      signal = new AbortController().signal,
    ): Promise<void> {
      return new JobRunner(host, workspace, (text) => log.push(text)).run(job!, signal);
    },
    submit: (options: Record<string, unknown>) => jobs.submit("countTogether", options),
    claim: (how: { id?: string; parent?: string }, { store, owner } = here) =>
      Promise.resolve(store.queue.claim(owner, how)),
    parts: async ({ id }: Job) => (await jobs.list({ parent: id, order: "oldest" })).items,
    async [Symbol.asyncDispose]() {
      await here.close();
      await there.close();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** The sum that one worker comes to. */
async function sumOf(steps: number): Promise<unknown> {
  await using world = await twoWorkers();
  const { id } = await world.submit({ steps });
  await world.run(await world.claim({ id }));
  return ((await world.jobs.job(id)).result as { sum: number }).sum;
}

const sum = ({ result }: Job) => (result as { sum: number } | undefined)?.sum;

Deno.test("parts are done by two workers, each once, to the result of one; nothing is left of them", async () => {
  await using world = await twoWorkers();
  const { here, there, jobs } = world;
  const job = await world.submit({ steps: 12, delay: 5 });
  const running = world.run(await world.claim({ id: job.id }));
  let helped = 0;
  await until(async () => {
    const part = await world.claim({ parent: job.id }, there);
    if (part && ++helped) await world.run(part, there);
    return (await jobs.job(job.id)).state === "done";
  });
  await running;
  assertEquals(sum(await jobs.job(job.id)), await sumOf(12));
  const parts = await world.parts(job);
  assertEquals(
    parts.map(({ state, attempt, part }) => [state, attempt, part]),
    [
      ...Array(12).keys(),
    ].map((n) => ["done", 1, n]),
  );
  assert(helped > 0 && helped < 12, `${helped}`);
  assertEquals((await jobs.list()).items.length, 1);
  for (const { checkpoint } of parts) {
    assertEquals(await here.store.checkpoints.list(checkpoint), []);
  }
  const events = await Array.fromAsync(jobs.watch(job.id));
  const steps = events.flatMap(({ body }) => body.type === "progress" ? [body.step] : []);
  assertEquals(steps, [...Array(12).keys()].map((n) => n + 1));
});

Deno.test("a part whose worker dies is done again, and one that somebody cancelled too", async () => {
  await using world = await twoWorkers();
  const { here, there, jobs } = world;
  const job = await world.submit({ steps: 4 });
  const whole = (await world.claim({ id: job.id }))!;
  await here.store.queue.split(whole, [{ part: 0, checkpoint: "of before" }]);
  await here.store.queue.release(whole, "interruption");
  const stray = (await world.parts(job))[0];
  assertEquals((await world.claim({ id: stray.id }, there))?.part, 0);
  const again = await world.claim({ id: job.id });
  const running = world.run(again);
  await until(async () => (await world.parts(job)).length > 1);
  const [, second] = await world.parts(job);
  await jobs.cancel(second.id);
  await here.reclaim([there.owner]);
  await running;
  assertEquals(sum(await jobs.job(job.id)), await sumOf(4));
});

Deno.test("an interrupted job goes on behind its parts; a damaged one is told and done again", async () => {
  await using world = await twoWorkers();
  const { here, jobs } = world;
  const job = await world.submit({ steps: 6, delay: 5 });
  const controller = new AbortController();
  const running = world.run(await world.claim({ id: job.id }), here, controller.signal);
  for await (const { body } of jobs.watch(job.id, 0, controller.signal)) {
    if (body.type === "progress" && body.step === 3) controller.abort(new Interruption());
  }
  await running;
  const before = await world.parts(job);
  const done = before.filter(({ state }) => state === "done");
  assert(done.length >= 3 && done.length < 6);
  const [blob] = await here.store.checkpoints.list(done[0].checkpoint);
  await Deno.writeFile(here.blobs.path(blob), new Uint8Array(3));
  await world.run(await world.claim({ id: job.id }));
  const after = await world.parts(job);
  assertEquals(sum(await jobs.job(job.id)), await sumOf(6));
  assertEquals(after.length, 7, "one more for the damaged");
  const events = await Array.fromAsync(jobs.watch(job.id));
  const warnings = events.flatMap(({ body }) => body.type === "warning" ? [body.message] : []);
  assertEquals(warnings.length, 1);
  assert(warnings[0].includes(blob));
});

Deno.test("what a part fails with the whole fails with; a cancelled one leaves no part behind", async () => {
  await using world = await twoWorkers();
  const { here, jobs } = world;
  const wrong = await world.submit({ steps: 5, fails: 2 });
  await world.run(await world.claim({ id: wrong.id }));
  const { state, error } = await jobs.job(wrong.id);
  assertEquals([state, error?.message, error?.path], ["failed", "Cannot count to 2", ["fails"]]);
  assertEquals(error?.code, new InputError("", []).code);
  const job = await world.submit({ steps: 50, delay: 5 });
  const controller = new AbortController();
  const running = world.run(await world.claim({ id: job.id }), here, controller.signal);
  await until(async () => (await world.parts(job)).some(({ state }) => state === "done"));
  controller.abort(new CancelledError());
  await running;
  assertEquals((await jobs.job(job.id)).state, "cancelled");
  for (const whole of [wrong, job]) {
    const open = (await world.parts(whole)).filter(({ state }) =>
      state === "queued" || state === "running"
    );
    assertEquals(open, []);
  }
  assertEquals(world.log, []);
});

Deno.test("what has one part stays whole", async () => {
  await using world = await twoWorkers();
  const job = await world.submit({ steps: 1 });
  await world.run(await world.claim({ id: job.id }));
  assertEquals([sum(await world.jobs.job(job.id)), (await world.parts(job)).length], [
    await sumOf(1),
    0,
  ]);
});
