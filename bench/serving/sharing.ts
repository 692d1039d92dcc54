/** How much faster two workers encode and evaluate than one, each on a core of its own: aim 1.8 times, to the same bytes. */

import { parseArgs } from "node:util";
import type { Job } from "@countergrade/countergrade/jobs";
import { Compute } from "../../server/jobs/compute.ts";
import { workerIds } from "../hosts/worker_ids.ts";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    dataset: { type: "string", default: "knee_kl_64" },
    store: { type: "string" },
    limit: { type: "string", default: "64" },
  },
});
const AIM = 1.8;

/** The time that a process has computed, in s. */
async function computed(id: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${id}/stat`);
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** A worker of one thread. */
async function worker(home: string): Promise<Compute> {
  const roots = [await Deno.realPath(flags.data)];
  const { store } = flags;
  return await Compute.start({ home, store, roots, workers: 1, threads: 1, rest: 1 });
}

async function done(compute: Compute, task: string, options: Record<string, unknown>) {
  const ids = await workerIds();
  const before = await Promise.all(ids.map(computed));
  const begun = performance.now();
  const { id } = await compute.submit(task, options, { fresh: true });
  for await (const _ of compute.watch(id));
  const job = await compute.job(id);
  if (job.state !== "done") throw new Error(job.error?.message);
  const seconds = (performance.now() - begun) / 1_000;
  const after = await Promise.all(ids.map(computed));
  return { job, seconds, computed: Math.max(...after.map((time, i) => time - before[i])) };
}

/** The blobs that a job has stored, which are named by their content. */
async function outcomeOf(compute: Compute, job: Job) {
  const stored = await Promise.all(job.artifacts.map((id) => compute.artifact(id)));
  const files = stored.filter(({ kind }) => kind === "codes" || kind === "evaluation")
    .map(({ files }) => files);
  return JSON.stringify(files);
}

const home = await Deno.makeTempDir();
{
  await using first = await worker(home);
  const [encoder, probe] = await Promise.all(["encoder", "probe"].map(async (kind) => {
    const { items } = await first.artifacts({ kind });
    return items.find(({ metadata }) => metadata.dataset === flags.dataset)!.id;
  }));
  const { dataset } = flags;
  const tasks: [string, Record<string, unknown>][] = [
    ["encode", { dataset, encoder }],
    ["evaluate", { dataset, probe, limit: Number(flags.limit) }],
  ];
  // The model is loaded, and what is learned once is there.
  const warm = { dataset, probe, limit: 2, graded: 0 };
  await done(first, "encode", { dataset, encoder, splits: ["val"] });
  await done(first, "evaluate", warm);
  const alone: Awaited<ReturnType<typeof done>>[] = [];
  for (const [task, options] of tasks) alone.push(await done(first, task, options));
  const before = await Promise.all(alone.map(({ job }) => outcomeOf(first, job)));
  await using second = await worker(home);
  // It takes parts of these, and has the model then.
  for (const [task, options] of tasks) await done(second, task, options);
  console.log(`load ${(await Deno.readTextFile("/proc/loadavg")).trim()}`);
  for (const [i, [task, options]] of tasks.entries()) {
    const shared = await done(second, task, options);
    const same = await outcomeOf(first, shared.job) === before[i] ? "the same" : "OTHER";
    const times = (what: "seconds" | "computed") => {
      const [one, two] = [alone[i][what], shared[what]];
      return `${one.toFixed(1)} s by one, ${two.toFixed(1)} s by two: ${(one / two).toFixed(2)} ×`;
    };
    // What else runs here makes the clock go faster, but not the work of the busier of the two.
    console.log(`${task}: ${times("seconds")} (aim ${AIM}), ${same} bytes`);
    console.log(`  computed by whoever had more to do: ${times("computed")}`);
  }
}
await Deno.remove(home, { recursive: true });
