/** How fast a store is: a full home folder in SQLite, and PostgreSQL between two processes. Each figure with its aim. */

import { DatabaseSync } from "node:sqlite";
import { JobRunner, Jobs, storeAt, Workspace } from "@countergrade/countergrade/jobs";
import { Host } from "@countergrade/countergrade";
import { startPostgres } from "../../deno_test/core/jobs/postgres/server.ts";
import { Compute } from "../../server/jobs/compute.ts";
import { createApp } from "../../server/http/yoga.ts";
import toys from "../../deno_test/toy_tasks.ts";

const JOBS = 50_000;
const EVENTS = 20;
const plugins = [new URL("../../deno_test/toy_tasks.ts", import.meta.url).href];

function told(what: string, figure: number, aim: number, unit: string, least = false): void {
  const fine = least ? figure >= aim : figure <= aim;
  const wanted = `${least ? "at least" : "at most"} ${aim} ${unit}`;
  console.log(
    `${fine ? "  " : "NO"}  ${what}: ${
      figure.toFixed(figure < 10 ? 1 : 0)
    } ${unit} (aim ${wanted})`,
  );
}

const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1];

/** The median time of some calls, in ms; the first, which prepares statements, does not count. */
async function timed(work: () => unknown, times = 5): Promise<number> {
  const all: number[] = [];
  for (let i = -1; i < times; i++) {
    const begun = performance.now();
    await work();
    if (i >= 0) all.push(performance.now() - begun);
  }
  return median(all);
}

/** Fills the tables of a database with jobs that are done, each with its events. */
function fill(path: string): void {
  const database = new DatabaseSync(path);
  const numbers = (count: number) =>
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  database.exec(`
    BEGIN;
    ${
    numbers(JOBS)
  } INSERT INTO jobs (id, task, options, seed, key, checkpoint, state, result, attempt,
        created_at, started_at, finished_at)
      SELECT printf('job-%016x', i), iif(i % 5, 'counterfactualPath', 'encode'),
        json_object('dataset', iif(i % 3, 'knees', 'eyes'), 'index', i), 0, printf('key-%d', i), printf('key-%d', i),
        iif(i % 50, 'done', 'failed'), '{}', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z',
        '2026-01-01T00:00:02.000Z' FROM n;
    INSERT INTO access (item, client) SELECT id, '*' FROM jobs;
    ${numbers(EVENTS)} INSERT INTO events (job, number, at, body)
      SELECT id, i, '2026-01-01T00:00:01.000Z',
        json_object('type', 'progress', 'step', i, 'total', ${EVENTS}) FROM jobs CROSS JOIN n;
    COMMIT;`);
  database.close();
}

const load = (await Deno.readTextFile("/proc/loadavg").catch(() => "unknown")).trim();
console.log(
  `load ${load}; ${navigator.hardwareConcurrency} cores\n\nSQLite, ${JOBS} jobs, ${
    JOBS * EVENTS
  } events`,
);
const home = await Deno.makeTempDir();
{
  await using _ = await Workspace.open(home);
}
fill(`${home}/countergrade.db`);
{
  const begun = performance.now();
  await using compute = await Compute.start({ home, plugins, workers: 2 });
  told("start of a server", (performance.now() - begun) / 1_000, 2, "s");
  const { fetch } = createApp({ jobs: compute });
  const asked = async (query: string) => {
    const answer = await fetch(
      new Request("http://localhost/graphql", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query }),
      }),
    );
    const { errors } = await answer.json();
    if (errors) throw new Error(errors[0].message);
  };
  const metrics = async () => await (await fetch(new Request("http://localhost/metrics"))).text();
  told("/metrics", await timed(metrics), 50, "ms");
  const lists: Record<string, string> = {
    "50 jobs": "first: 50",
    "50 jobs from the other end": "last: 50",
    "50 jobs of a task": 'first: 50, task: "encode"',
    "50 failed jobs": "first: 50, state: FAILED",
    "50 jobs of a data set": 'first: 50, dataset: "eyes"',
    "50 jobs with a word": 'first: 50, text: "eyes"',
  };
  for (const [what, args] of Object.entries(lists)) {
    const query = `{ jobs(${args}) { nodes { id task state progress { step } } } }`;
    told(what, await timed(() => asked(query)), 50, "ms");
  }
  told("how many there are", await timed(() => asked("{ jobs { totalCount } }")), 50, "ms");
}
await Deno.remove(home, { recursive: true });

await using server = await startPostgres();
if (!server) throw new Error("PostgreSQL 15 is absent, or must not be started here");
const store = await server.database("stores");
const homes = await Promise.all([1, 2].map(() => Deno.makeTempDir()));
console.log("\nPostgreSQL");
{
  await using workspace = await Workspace.open(homes[0], { store: storeAt(store) });
  await using host = await Host.boot([toys]);
  const { queue } = workspace.store;
  let n = 0;
  const add = () => queue.add({ task: "speed", options: {}, seed: 0, key: `speed ${n++}` });
  for (let i = 0; i < 50; i++) await add();
  told(
    "a claim",
    await timed(() => queue.claim(workspace.owner, { tasks: ["speed"] }), 40),
    50,
    "ms",
  );
  const total = 2_000;
  const chatty = await new Jobs(host, workspace).submit("chatter", { events: total });
  const job = (await queue.claim(workspace.owner, { id: chatty.id }))!;
  const begun = performance.now();
  await new JobRunner(host, workspace).run(job, new AbortController().signal);
  const seconds = (performance.now() - begun) / 1_000;
  told("events of a job", total / seconds, 300, "a second", true);

  // The other process is asked through the database alone.
  await using _ = await Compute.start({ home: homes[1], store, plugins, workers: 1 });
  const jobs = new Jobs(host, workspace);
  const ends: number[] = [];
  let latest = 0;
  for (let seed = 0; seed < 6; seed++) {
    const { id } = await jobs.submit("countUp", { steps: 10_000, delay: 5 }, { seed });
    let steps = 0;
    let asked = 0;
    for await (const { at, body } of jobs.watch(id)) {
      latest = Math.max(latest, (Date.now() - Date.parse(at)) / 1_000);
      if (body.type === "cancelled") ends.push(performance.now() - asked);
      if (body.type === "progress" && ++steps === 100) {
        asked = performance.now();
        await jobs.cancel(id);
      }
    }
  }
  told("a cancel, until the worker has ended the job", median(ends), 200, "ms");
  told("an event, until another process has it, at most", latest, 1, "s");
}
for (const home of homes) await Deno.remove(home, { recursive: true });
