/** How long queries take over HTTP, with the compute worker idle and while it trains with all cores. */

import { serve } from "../../server/main.ts";
import { quantile } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

const QUERIES = {
  plugins: "{ plugins { id version members { family name } } }",
  jobs: "{ jobs { nodes { id state progress { step total metrics } } } }",
  gallery: '{ dataset(id: "vertebra") { images(first: 12) { nodes { label image { url } } } } }',
  // Images that nobody has seen yet are drawn while the query waits.
  page: 'query ($after: String) { dataset(id: "vertebra") { images(' +
    'first: 12, split: "train", after: $after) ' +
    "{ nodes { label image { url } } pageInfo { endCursor hasNextPage } } } }",
};
const ROUNDS = 100;
/** What an answer may take at most while a model trains, in ms. */
const TARGET = 100;

printSurroundings("all cores for training, the main thread for queries");
const home = await Deno.makeTempDir();
{
  await using server = await serve({ port: 0, host: "127.0.0.1", home, deadline: 1_000 });
  // deno-lint-ignore no-explicit-any -- the shape is that of the query
  const ask = async (query: string, variables = {}): Promise<any> => {
    const response = await fetch(`${server.url}graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  /** Steps done by the training. @throws {Error} When it does not run: an idle worker would prove nothing. */
  const trained = async (): Promise<number> => {
    const [{ state, progress }] = (await ask(QUERIES.jobs)).jobs.nodes;
    if (!["QUEUED", "RUNNING"].includes(state)) throw new Error(`The training is ${state}`);
    return progress?.step ?? 0;
  };
  let after: string | null = null;
  const rows: Record<string, Record<string, number>> = {};
  /** Measures all queries, in turns, and returns the slowest answer. */
  const measure = async (name: string): Promise<number> => {
    const times: Record<string, number[]> = {};
    for (let i = 0; i < ROUNDS; i++) {
      for (const [query, text] of Object.entries(QUERIES)) {
        const start = performance.now();
        const { dataset } = await ask(text, query === "page" ? { after } : {});
        (times[query] ??= []).push(performance.now() - start);
        if (query === "page") {
          const { endCursor, hasNextPage } = dataset.images.pageInfo;
          after = hasNextPage ? endCursor : null;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    const tenths = (value: number) => Math.round(10 * value) / 10;
    for (const [query, all] of Object.entries(times)) {
      rows[`${query}, ${name}`] = {
        "first (ms)": tenths(all[0]),
        "median (ms)": tenths(quantile(all, 0.5)),
        "95 % (ms)": tenths(quantile(all, 0.95)),
        "worst (ms)": tenths(quantile(all, 1)),
      };
    }
    return Math.max(...Object.values(times).flat());
  };
  await measure("idle");
  await ask('mutation { trainEncoder(input: { dataset: "vertebra" }) { __typename } }');
  while (await trained() < 2) await new Promise((resolve) => setTimeout(resolve, 200));
  const before = await trained();
  const worst = await measure("training");
  const steps = await trained() - before;
  if (!steps) throw new Error("No step of training was done while queries were answered");
  console.table(rows);
  console.log(
    `${ROUNDS} rounds of each query; the training did ${steps} steps meanwhile. Slowest answer while training: ` +
      `${worst.toFixed(1)} ms, target < ${TARGET} ms: ${worst < TARGET ? "met" : "missed"}`,
  );
}
await Deno.remove(home, { recursive: true });
