/**
 * A day in a lab in ten minutes: 300 subscribers follow a training, dropped and taken up again every minute, while 50 clients look
 * around. The server is a process of its own.
 *
 *     deno task bench load --minutes 10
 */

import { parseArgs } from "node:util";
import { quantile, rounded } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    minutes: { type: "string", default: "10" },
    subscribers: { type: "string", default: "300" },
    clients: { type: "string", default: "50" },
  },
});
const DURATION = 60_000 * Number(flags.minutes);
/** How often all subscribers lose their connections, in ms. */
const STORM = 60_000;
/** What 95 of 100 queries may take at most, in ms. */
const TARGET = 100;
/** How long a client looks at an answer before it asks again, in ms. */
const THOUGHT = 500;

/** What people look at, in turns. */
const QUERIES = {
  jobs: "{ jobs(first: 20) { totalCount nodes { id task state progress { step total } } } }",
  probes: "{ probes { nodes { id title scale { names } dataset { id splits { name size } } } } }",
  gallery: '{ dataset(id: "vertebra") { images(first: 12) { nodes { label image { url } } } } }',
  plugins: "{ plugins { id version members { family name } } }",
  events:
    "query($id: ID!) { job(id: $id) { state events(last: 20) { nodes { __typename number } } } }",
};

printSurroundings("one for the server and what watches it, the rest for the training");
const home = await Deno.makeTempDir();
const port = freePort();
const url = `http://127.0.0.1:${port}/`;
const server = new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "--quiet", "--allow-all", new URL("../../server/main.ts", import.meta.url).href],
    ...["--port", String(port), "--home", home],
  ],
  stdout: "null",
}).spawn();

const times: Record<string, number[]> = {};
let [events, gaps, failed, connections] = [0, 0, 0, 0];
const memory: number[] = [];
const end = new AbortController();

try {
  await until(() => fetch(`${url}ready`).then(({ ok, body }) => (body?.cancel(), ok), () => false));
  const id = await startTraining();
  const stop = performance.now() + DURATION;
  const over = () => performance.now() >= stop;
  const subscribers = Array.from({ length: Number(flags.subscribers) }, () => follow(id, over));
  const clients = Array.from({ length: Number(flags.clients) }, (_, i) => lookAround(id, i, over));
  const watch = (async () => {
    while (!over()) {
      memory.push(await residentMemory());
      await pause(5_000);
    }
  })();
  await pause(DURATION);
  end.abort();
  await Promise.all([...subscribers, ...clients, watch]);
  const { job } = await ask("query($id: ID!) { job(id: $id) { state progress { step } } }", { id });
  report(job);
} finally {
  end.abort();
  server.kill("SIGTERM");
  await server.status;
  await Deno.remove(home, { recursive: true });
}

function report({ state, progress }: { state: string; progress: { step: number } | null }): void {
  const all = Object.values(times).flat();
  const row = (values: number[]) => ({
    "median (ms)": rounded(quantile(values, 0.5)),
    "95 % (ms)": rounded(quantile(values, 0.95)),
    "99 % (ms)": rounded(quantile(values, 0.99)),
    "slowest (ms)": rounded(Math.max(...values)),
    queries: values.length,
  });
  console.table({
    ...Object.fromEntries(Object.entries(times).map(([name, values]) => [name, row(values)])),
    all: row(all),
  });
  const p95 = quantile(all, 0.95);
  console.log(
    `95 % of queries within ${rounded(p95)} ms; < ${TARGET}: ${p95 < TARGET ? "met" : "missed"}`,
  );
  console.log(
    `${events} events over ${connections} connections, ${gaps} gaps; 0: ${
      gaps === 0 ? "met" : "missed"
    }`,
  );
  console.log(`${failed} requests failed; the training is ${state} at step ${progress?.step ?? 0}`);
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  console.log(
    `memory of the server: ${megabytes(memory[0])} MB at first, ${
      megabytes(memory.at(-1)!)
    } MB at last, ` +
      `${megabytes(Math.max(...memory))} MB at most`,
  );
}

/** Follows a job as a client does that is cut off every minute: it goes on behind the last event that came. */
async function follow(id: string, over: () => boolean): Promise<void> {
  let last = 0;
  const query =
    "subscription($id: ID!, $after: Int!) { jobEvents(id: $id, after: $after) { number } }";
  while (!over()) {
    connections++;
    // By the stream: fetch() does not hear a signal any more, once its answer has been open for long.
    let leave = () => {};
    const hear = () => leave();
    const timer = setTimeout(hear, STORM - performance.now() % STORM);
    end.signal.addEventListener("abort", hear);
    try {
      const response = await fetch(`${url}graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream" },
        body: JSON.stringify({ query, variables: { id, after: last } }),
      });
      const reader = response.body!.getReader();
      leave = () => void reader.cancel();
      const decoder = new TextDecoder();
      let text = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const blocks = (text + decoder.decode(part.value, { stream: true })).split("\n\n");
        text = blocks.pop()!;
        for (const block of blocks) {
          const found = /"number":(\d+)/.exec(block);
          if (!found) continue;
          const number = Number(found[1]);
          if (number !== last + 1) gaps++;
          last = number;
          events++;
        }
      }
    } catch (error) {
      failed++;
      console.error(error instanceof Error ? error.message : error);
    } finally {
      clearTimeout(timer);
      end.signal.removeEventListener("abort", hear);
    }
  }
}

/** Asks one thing after the other, as somebody does who reads the answers. */
async function lookAround(id: string, first: number, over: () => boolean): Promise<void> {
  const queries = Object.entries(QUERIES);
  // Not all at once.
  await pause(first * THOUGHT / Number(flags.clients));
  for (let turn = first; !over(); turn++) {
    const [name, query] = queries[turn % queries.length];
    const start = performance.now();
    try {
      await ask(query, { id });
      (times[name] ??= []).push(performance.now() - start);
    } catch (error) {
      failed++;
      console.error(error instanceof Error ? error.message : error);
    }
    await pause(THOUGHT);
  }
}

async function startTraining(): Promise<string> {
  const { started } = await ask(
    'mutation { started: trainEncoder(input: { dataset: "vertebra" }) { job { id } errors { message } } }',
  );
  if (!started.job) throw new Error(started.errors[0].message);
  return started.job.id;
}

// deno-lint-ignore no-explicit-any -- the shape is that of the query
async function ask(query: string, variables = {}): Promise<any> {
  const response = await fetch(`${url}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

async function residentMemory(): Promise<number> {
  const text = await (await fetch(`${url}metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1] ?? NaN);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!await holds()) await pause(200);
}
