/** Workers on one PostgreSQL store, killed at random: is a job lost, done twice, or its result another than that of one worker in peace? */

import { parseArgs } from "node:util";
import type { Job } from "@countergrade/countergrade/jobs";
import { Random } from "@countergrade/countergrade";
import { startPostgres } from "../../deno_test/core/jobs/postgres/server.ts";
import { TINY } from "../../deno_test/chain/chain.ts";
import { Compute } from "../../server/jobs/compute.ts";
import { workerIds } from "../hosts/worker_ids.ts";

const { values: flags } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    hosts: { type: "string", default: "3" },
    /** From one kill to the next, on average, in s. */
    pace: { type: "string", default: "3" },
  },
});
const kills = Number(flags.kills);
const dataset = "vertebra";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What is asked for again and again. */
function worksWith(encoder: string, probe: string): [task: string, options: object][] {
  const path = { dataset, probe, split: "test" };
  return [
    ["trainEncoder", { dataset, encoder: { dae: { ...TINY, steps: 60 } } }],
    ["encode", { dataset, encoder, splits: ["val", "test"] }],
    ["counterfactualPath", { ...path, index: 1 }],
    ["evaluate", { ...path, limit: 6, graded: 32 }],
  ];
}

async function works(compute: Compute) {
  const [encoder, probe] = await Promise.all(["encoder", "probe"].map(async (kind) => {
    const { items } = await compute.artifacts({ kind });
    return items.find(({ metadata }) => metadata.dataset === dataset)!.id;
  }));
  return worksWith(encoder, probe);
}

async function ended(compute: Compute, { id }: Job): Promise<Job> {
  for await (const _ of compute.watch(id));
  return await compute.job(id);
}

/** The worker processes that have a job: each holds the lock of an owner. */
async function busyWorkers(compute: Compute): Promise<number[]> {
  const owners = await compute.workspace.store.queue.owners();
  const busy: number[] = [];
  for (const id of await workerIds()) {
    for await (const { name } of Deno.readDir(`/proc/${id}/fd`)) {
      const file = await Deno.readLink(`/proc/${id}/fd/${name}`).catch(() => "");
      if (owners.some((owner) => file.endsWith(`/${owner}.lock`))) busy.push(id);
    }
  }
  return busy;
}

/** What came out: names of artifacts follow from their content. */
const outcomeOf = ({ artifacts }: Job) => artifacts.join();

/** The outcome of each task where nobody is killed. */
async function outcomesInPeace(): Promise<string[]> {
  const home = await Deno.makeTempDir();
  const outcomes: string[] = [];
  {
    await using compute = await Compute.start({ home, workers: 1 });
    for (const [task, options] of await works(compute)) {
      const job = await ended(compute, await compute.submit(task, options));
      if (job.state !== "done") throw new Error(`${task}: ${job.error?.message}`);
      outcomes.push(outcomeOf(job));
    }
  }
  await Deno.remove(home, { recursive: true });
  return outcomes;
}

/** What is wrong with a job; undefined where it is as it should be. */
async function faultOf(compute: Compute, job: Job, expected: string): Promise<string | undefined> {
  const events = await Array.fromAsync(compute.watch(job.id));
  if (job.state !== "done") return `${job.state}: ${job.error?.message}`;
  if (!events.every(({ number }, i) => number === i + 1)) return "its events have gaps";
  if (events.filter(({ body }) => body.type === "done").length !== 1) return "it ended twice";
  return outcomeOf(job) === expected ? undefined : "another result";
}

await using server = await startPostgres();
if (!server) throw new Error("PostgreSQL 15 is absent, or must not be started here");
const expected = await outcomesInPeace();
console.log("known: what comes out in peace");
const store = await server.database("kills");
const homes = await Promise.all(
  Array.from({ length: Number(flags.hosts) }, () => Deno.makeTempDir()),
);
{
  const crews: Compute[] = [];
  for (const home of homes) crews.push(await Compute.start({ home, store, workers: 1 }));
  const [jobs] = crews;
  const random = new Random(1);
  const asked = await works(jobs);
  const submitted: Job[] = [];
  for (let count = 0; count < kills;) {
    const { queued, running } = await jobs.workspace.store.jobs.counts();
    if (queued + running < 2 * crews.length) {
      const [task, options] = asked[submitted.length % asked.length];
      submitted.push(await jobs.submit(task, options, { fresh: true }));
      continue;
    }
    await pause(2_000 * Number(flags.pace) * random.uniform());
    // One without a job has nothing to lose.
    const busy = await busyWorkers(jobs);
    if (busy.length === 0) continue;
    Deno.kill(busy[random.integer(busy.length)], "SIGKILL");
    if (++count % 10 === 0) {
      console.log(`${count} kills, ${submitted.length} jobs, ${
        JSON.stringify(
          await jobs.workspace.store.jobs.counts(),
        )
      }`);
    }
  }
  let [wrong, attempts, parts, again] = [0, 0, 0, 0];
  for (const [i, submission] of submitted.entries()) {
    const job = await ended(jobs, submission);
    const fault = await faultOf(jobs, job, expected[i % asked.length]);
    if (fault) console.log(`${job.id} ${job.task}, attempt ${job.attempt}: ${fault}`);
    if (fault) wrong++;
    attempts += job.attempt;
    const { items } = await jobs.list({ parent: job.id, first: 1_000 });
    parts += items.length;
    again += items.reduce((sum, { attempt }) => sum + Math.max(0, attempt - 1), 0);
  }
  console.log(
    `${kills} kills, ${submitted.length} jobs with ${attempts} attempts, ${parts} parts of which ${again} were ` +
      `done again: ${wrong} lost, doubled or other (aim 0)`,
  );
  for (const crew of crews) await crew.shutdown();
}
for (const home of homes) await Deno.remove(home, { recursive: true });
