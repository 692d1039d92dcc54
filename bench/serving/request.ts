/**
 * A path end to end: from the request of a subscription to the preview, the first frame, all frames and the end, of images that nobody asked for
 * before; and the processor time of the server with its workers.
 *
 *     deno task bench request --data DIR --model knee64 --paths 20 --frames 17 --sampler '{}'
 */

import { parseArgs } from "node:util";
import { serve } from "../../server/main.ts";
import { quantile, rounded } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    data: { type: "string", default: "." },
    model: { type: "string", default: "knee64" },
    dataset: { type: "string" },
    paths: { type: "string", default: "20" },
    /** How many grades are asked for, evenly over the scale; default: those of the scale. */
    frames: { type: "string" },
    sampler: { type: "string" },
  },
});

/** Paths that only warm up. */
const WARM = 3;
const bundle = new URL(`../../plugins/models/${flags.model}/models.json`, import.meta.url);
const { artifacts } = JSON.parse(await Deno.readTextFile(bundle));
const { id, metadata } = artifacts.find(({ kind }: { kind: string }) => kind === "probe");
const input = {
  probe: id,
  dataset: flags.dataset ?? metadata.dataset,
  ...flags.sampler && { sampler: JSON.parse(flags.sampler) },
};

printSurroundings("one for the server, one for the worker");
const home = await Deno.makeTempDir();
{
  await using server = await serve({
    port: 0,
    host: "127.0.0.1",
    home,
    data: flags.data,
    deadline: 1_000,
    workers: 2,
  });
  const url = `${server.url}graphql`;
  const { names } = metadata.scale;
  const count = Number(flags.frames ?? names.length);
  const last = names.length - 1;
  const targets = Array.from({ length: count }, (_, i) => last * i / (count - 1));
  const times: Record<string, number[]> = {};
  const cpu: number[] = [];
  const files: number[] = [];
  for (let index = 0; index < WARM + Number(flags.paths); index++) {
    const [before, kept] = [await processorTime(), await filesIn(`${home}/sha256`)];
    const marks = await path(url, { ...input, index, targets, foreign: true });
    if (index < WARM) continue;
    cpu.push(await processorTime() - before);
    files.push(await filesIn(`${home}/sha256`) - kept);
    for (const [name, ms] of Object.entries(marks)) (times[name] ??= []).push(ms);
  }
  console.table(Object.fromEntries(
    [...Object.entries(times), ["processor time (ms)", cpu] as const, ["files", files] as const]
      .map((
        [name, all],
      ) => [name, {
        median: rounded(quantile(all, 0.5)),
        "95 %": rounded(quantile(all, 0.95)),
        n: all.length,
      }]),
  ));
}
await Deno.remove(home, { recursive: true });

/** When things came, in ms after the request. */
async function path(url: string, input: object): Promise<Record<string, number>> {
  const start = performance.now();
  const marks: Record<string, number> = {};
  const query = `subscription ($input: CounterfactualPathInput!) {
    event: counterfactualPath(input: $input) {
      __typename ... on PathFrame { frame { image { url } } } ... on Failed { error { message } }
    }
  }`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query, variables: { input } }),
  });
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const now = performance.now() - start;
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const said = /^data: (.+)$/m.exec(block)?.[1];
      if (!said) continue;
      const { data, errors } = JSON.parse(said);
      if (errors) throw new Error(errors[0].message);
      const { __typename: type, error } = data.event;
      if (error) throw new Error(error.message);
      if (type === "Started") marks["began (ms)"] ??= now;
      if (type === "Preview") marks["first preview (ms)"] ??= now;
      if (type !== "PathFrame") continue;
      marks["first frame (ms)"] ??= now;
      marks["all frames (ms)"] = now;
    }
  }
  marks["done (ms)"] = performance.now() - start;
  return marks;
}

/** Of this process and those that it started, in ms. */
async function processorTime(): Promise<number> {
  const all = new Map<number, { parent: number; ticks: number }>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
    // utime and stime, in ticks of 10 ms
    if (text) all.set(Number(name), { parent: fields[1], ticks: fields[11] + fields[12] });
  }
  const ours = (pid: number): boolean =>
    pid === Deno.pid || all.has(pid) && ours(all.get(pid)!.parent);
  let sum = 0;
  for (const [pid, { ticks }] of all) if (ours(pid)) sum += 10 * ticks;
  return sum;
}

async function filesIn(folder: string): Promise<number> {
  let count = 0;
  try {
    for await (const { name } of Deno.readDir(folder)) {
      count += (await Array.fromAsync(Deno.readDir(`${folder}/${name}`))).length;
    }
  } catch {
    // Nothing was stored yet.
  }
  return count;
}
