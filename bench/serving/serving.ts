/** What the API adds to a bare GraphQL server, in requests per second, and how soon a subscriber hears of an event. */

import { parseArgs } from "node:util";
import { BUILTINS } from "@countergrade/countergrade";
import { createSchema, createYoga } from "graphql-yoga";
import { serve } from "../../server/main.ts";
import { requestBytes } from "../peer/http_client.ts";
import { quantile, rounded } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "9" },
    requests: { type: "string", default: "200" },
    events: { type: "string", default: "100" },
    connections: { type: "string", default: "4" },
  },
});

/** What the ratio should be at least. */
const RATIO = 0.5;
/** What the median latency of an event may be, in ms. */
const LATENCY = { idle: 10, training: 50 };

/** How many events are timed, of each kind. */
const EVENTS = Number(flags.events);

const QUERIES = {
  plugins: "{ plugins { id version } }",
  path: `query($id: ID!) {
    counterfactualPath(id: $id) {
      original { url } reconstruction { url } strip { url }
      frames { index targetGrade latentGrade imageGrade image { url } difference { url } }
    }
  }`,
};

printSurroundings("one for the server, one for the client, one for jobs");
const home = await Deno.makeTempDir();
{
  const plugins = [BUILTINS, new URL("../peer/ticking_plugin.ts", import.meta.url).href];
  await using server = await serve({ port: 0, host: "127.0.0.1", home, plugins, deadline: 1_000 });
  const bare = createYoga({
    schema: createSchema({
      typeDefs: "type Query { hello: String! }",
      resolvers: { Query: { hello: () => "world" } },
    }),
    logging: false,
  });
  await using peer = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, bare.fetch);
  const peerUrl = `http://127.0.0.1:${peer.addr.port}/graphql`;
  const ourUrl = `${server.url}graphql`;

  const id = await makePath(ourUrl);
  const worker = new Worker(new URL("../peer/http_worker.ts", import.meta.url), { type: "module" });
  const load = { times: Number(flags.requests), connections: Number(flags.connections) };
  const rate = (url: string, query: string, variables?: object): Promise<number> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(event.error ?? new Error(event.message));
      worker.postMessage([url, requestBytes(url, query, variables), load]);
    });
  const sides = {
    bare: () => rate(peerUrl, "{ hello }"),
    plugins: () => rate(ourUrl, QUERIES.plugins),
    path: () => rate(ourUrl, QUERIES.path, { id }),
  };
  const rates: Record<keyof typeof sides, number[]> = { bare: [], plugins: [], path: [] };
  const names = Object.keys(sides) as (keyof typeof sides)[];
  for (let round = -1; round < Number(flags.rounds); round++) {
    for (const name of round % 2 ? names : names.toReversed()) {
      const value = await sides[name]();
      if (round >= 0) rates[name].push(value);
    }
  }
  worker.terminate();
  const median = (name: keyof typeof sides) => quantile(rates[name], 0.5);
  console.table(Object.fromEntries(names.map((name) => [name, {
    "requests per second": Math.round(median(name)),
    "beside the bare server": rounded(median(name) / median("bare")),
    target: name === "bare"
      ? ""
      : median(name) / median("bare") >= RATIO
      ? `≥ ${RATIO}: met`
      : `≥ ${RATIO}: missed`,
  }])));

  const latencies = {
    idle: await latenciesOf(ourUrl, `tick(input: { events: ${EVENTS} })`, EVENTS),
    training: await latenciesOf(ourUrl, 'trainEncoder(input: { dataset: "vertebra" })', EVENTS),
  };
  console.table(Object.fromEntries(
    Object.entries(latencies).map(([name, all]) => {
      const middle = quantile(all, 0.5);
      const most = LATENCY[name as keyof typeof LATENCY];
      return [`event to subscriber, ${name}`, {
        "median (ms)": rounded(middle),
        "95 % (ms)": rounded(quantile(all, 0.95)),
        events: all.length,
        target: `< ${most}: ${middle < most ? "met" : "missed"}`,
      }];
    }),
  ));
}
await Deno.remove(home, { recursive: true });

// deno-lint-ignore no-explicit-any -- the shape is that of the query
async function ask(url: string, query: string): Promise<any> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

async function makePath(url: string): Promise<string> {
  const { probes } = await ask(url, "{ probes(first: 100) { nodes { id dataset { id } } } }");
  const { id } = probes.nodes.find(({ dataset }: { dataset: { id: string } | null }) =>
    dataset?.id === "vertebra"
  );
  const { started: { job } } = await ask(
    url,
    `mutation { started: counterfactualPath(input: { probe: "${id}", dataset: "vertebra", index: 3 }) { job { id } } }`,
  );
  while (true) {
    const { job: now } = await ask(
      url,
      `{ job(id: "${job.id}") { state error { message } artifacts { __typename id } } }`,
    );
    if (now.error) throw new Error(now.error.message);
    if (now.state === "DONE") {
      return now.artifacts.find(({ __typename }: { __typename: string }) =>
        __typename === "CounterfactualPath"
      ).id;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** How long the first progress events of a task took from their emission to a subscriber, in ms. */
async function latenciesOf(url: string, task: string, events: number): Promise<number[]> {
  const leave = new AbortController();
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: `subscription { event: ${task} { __typename at jobId } }` }),
    signal: leave.signal,
  });
  const times: number[] = [];
  let job = "";
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const now = Date.now();
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const data = /^data: (.+)$/m.exec(block)?.[1];
      if (!data) continue;
      const { event } = JSON.parse(data).data;
      job = event.jobId;
      if (event.__typename === "Progress") times.push(now - Date.parse(event.at));
    }
    if (times.length >= events) break;
  }
  leave.abort();
  await ask(url, `mutation { cancelJob(id: "${job}") { __typename } }`);
  return times;
}
