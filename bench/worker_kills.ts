/** Workers on one PostgreSQL store, killed at random: is a job lost, done twice, or its result another? And how fast is the store? */

import { Host, Random } from "@countergrade/countergrade";
import { type Job, Jobs, storeAt, Workspace } from "@countergrade/countergrade/jobs";
import { startPostgres } from "../deno_test/core/jobs/postgres/server.ts";
import { Compute } from "../server/jobs/compute.ts";
import { workerIds } from "./hosts/worker_ids.ts";
import toys from "../deno_test/toy_tasks.ts";

const KILLS = Number(Deno.args[Deno.args.indexOf("--kills") + 1]) || 100;
const HOSTS = 3;
const STEPS = 400;
const plugins = [new URL("../deno_test/toy_tasks.ts", import.meta.url).href];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The median and the 95th percentile, in ms. */
function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1);
  return `${at(0.5)} ms, 95 % within ${at(0.95)} ms`;
}

async function speed(workspace: Workspace): Promise<void> {
  const { queue, events } = workspace.store;
  const claims: number[] = [];
  for (let i = 0; i < 50; i++) {
    await queue.add({ task: "speed", options: {}, seed: 0, key: `speed ${i}` });
    const begun = performance.now();
    const job = (await queue.claim(workspace.owner, { tasks: ["speed"] }))!;
    claims.push(performance.now() - begun);
    if (i === 49) {
      const start = performance.now();
      const count = 1_000;
      for (let step = 1; step <= count; step++) {
        await events.append(job, [{ type: "progress", step, total: count }], step - 1);
      }
      const seconds = (performance.now() - start) / 1_000;
      console.log(`progress, one at a time: ${(count / seconds).toFixed(0)} events/s`);
    }
    await queue.finish(job, { state: "done", result: {} });
  }
  console.log(`claim: ${spread(claims)}`);
}

await using server = await startPostgres();
if (!server) throw new Error("PostgreSQL 15 is absent, or must not be started here");
const store = await server.database("kills");
const homes = await Promise.all(Array.from({ length: HOSTS + 1 }, () => Deno.makeTempDir()));
{
  const crews = [];
  await using workspace = await Workspace.open(homes[0], { store: storeAt(store) });
  await speed(workspace);
  await using host = await Host.boot([toys]);
  const jobs = new Jobs(host, workspace);
  for (const home of homes.slice(1)) {
    crews.push(await Compute.start({ home, store, plugins, workers: 1, rest: 1 }));
  }
  const random = new Random(1);
  const submitted: Job[] = [];
  let kills = 0;
  while (kills < KILLS) {
    while ((await jobs.list({ state: "queued" })).items.length < 2) {
      const seed = submitted.length;
      submitted.push(await jobs.submit("countUp", { steps: STEPS, delay: 5 }, { seed }));
    }
    // A worker that is killed while it boots proves nothing.
    if ((await jobs.list({ state: "running" })).items.length === 0) {
      await pause(50);
      continue;
    }
    // Often, but not so that no attempt comes to its first checkpoint: three of those in a row are given up.
    await pause(1_000 + random.integer(4_000));
    const workers = await workerIds();
    if (workers.length === 0) continue;
    Deno.kill(workers[random.integer(workers.length)], "SIGKILL");
    if (++kills % 10 === 0) console.log(`${kills} kills, ${submitted.length} jobs`);
  }
  let wrong = 0;
  for (const { id, seed } of submitted) {
    const events = await Array.fromAsync(jobs.watch(id));
    const { state, result, error } = await jobs.job(id);
    const gapless = events.every(({ number }, i) => number === i + 1);
    const ends = events.filter(({ body }) => ["done", "failed"].includes(body.type)).length;
    const sum = Array.from(
      { length: STEPS },
      (_, step) => new Random(seed).fork("step", step).uniform(),
    )
      .reduce((a, b) => a + b, 0);
    const equal = state === "done" && (result as { sum: number }).sum === sum;
    if (gapless && ends === 1 && equal) continue;
    wrong++;
    console.log(id, { state, gapless, ends, equal, error });
  }
  const attempts = await Promise.all(submitted.map(async ({ id }) => (await jobs.job(id)).attempt));
  const all = attempts.reduce((a, b) => a + b, 0);
  console.log(
    `${kills} kills, ${submitted.length} jobs, ${all} attempts: ${wrong} lost, doubled or wrong`,
  );
  for (const crew of crews) await crew.shutdown();
}
for (const home of homes) await Deno.remove(home, { recursive: true });
