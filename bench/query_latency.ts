/** How long queries take over HTTP, with the compute worker idle and while it trains with all cores. */

import { serve } from "../server/main.ts";

const QUERIES = {
  plugins: "{ plugins { id version members { family name } } }",
  jobs: "{ jobs { nodes { id state progress { step total metrics } } } }",
  gallery: '{ dataset(id: "vertebra") { images(first: 12) { nodes { label image { url } } } } }',
};
const ROUNDS = 100;

const home = await Deno.makeTempDir();
{
  await using server = await serve({ port: 0, host: "127.0.0.1", home, deadline: 1_000 });
  // deno-lint-ignore no-explicit-any -- the shape is that of the query
  const ask = async (query: string): Promise<any> => {
    const response = await fetch(`${server.url}graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  const rows: Record<string, Record<string, number>> = {};
  const measure = async (name: string) => {
    for (const [query, text] of Object.entries(QUERIES)) {
      const times: number[] = [];
      for (let i = 0; i < ROUNDS; i++) {
        const start = performance.now();
        await ask(text);
        times.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const [first] = times;
      times.sort((a, b) => a - b);
      const at = (share: number) => Math.round(10 * times[Math.ceil(share * ROUNDS) - 1]) / 10;
      rows[`${query}, ${name}`] = {
        "first (ms)": Math.round(10 * first) / 10,
        "median (ms)": at(0.5),
        "95 % (ms)": at(0.95),
        "worst (ms)": at(1),
      };
    }
  };
  await measure("idle");
  await ask('mutation { trainEncoder(input: { dataset: "vertebra" }) { __typename } }');
  for (let step = 0; step < 2;) {
    const { jobs } = await ask(QUERIES.jobs);
    step = jobs.nodes[0].progress?.step ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await measure("training");
  console.table(rows);
}
await Deno.remove(home, { recursive: true });
