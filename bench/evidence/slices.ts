/**
 * Volumes slice by slice, one code for all, as people do it with networks for pictures, beside the network of three axes that comes
 * along: what a probe reads from their codes, how well volumes come back, and how much neighboring slices jump.
 *
 *     deno task bench slices --steps 500 --volumes 1024
 */

import { parseArgs } from "node:util";
import {
  type Codes,
  type Dataset,
  type Encoder,
  encoders,
  type Images,
  type ProbePlugin,
  probes,
  Random,
  takeRows,
} from "@countergrade/countergrade";
import { ssim } from "@countergrade/countergrade/images";
import { percentile } from "@countergrade/countergrade/linear";
import { quadraticWeightedKappa, rocAuc } from "@countergrade/countergrade/review";
import { memoryJob } from "@countergrade/countergrade/testing";
import { LoadedEncoders } from "../../plugins/tasks/encoders/models.ts";
import { groundOf } from "../shipped/ground.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    steps: { type: "string", default: "500" },
    volumes: { type: "string", default: "1024" },
    rendered: { type: "string", default: "8" },
    seed: { type: "string", default: "1" },
  },
});
await using ground = await groundOf("vertebra32v");
const { host, job } = ground;
const dataset = await host.openDataset("vertebra3d");
const dae = host.member(encoders, "dae");
const ordinal: ProbePlugin = host.member(probes, "ordinal");

const started = performance.now();
const trained = await dae.train!(
  dataset,
  dae.options.parse({
    slices: true,
    preset: "tiny64",
    steps: Number(flags.steps),
    inspectEvery: 100_000,
    checkpointEvery: 100_000,
    threads: 2,
  }),
  { ...memoryJob(host), random: new Random(Number(flags.seed)) },
);
console.log(`Trained slice by slice in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);

await using flat = await dae.load(trained.model);
await using loaded = new LoadedEncoders();
const deep = await loaded.get(job, String(ground.probe.metadata.encoder));

const train = await labeled("train", Number(flags.volumes));
const test = await labeled("test", dataset.splits.test);
console.log(
  "| codes | length | QWK | AUC, grade 2 or more | SSIM of reconstructions | jump of frames |",
);
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [name, encoder] of Object.entries({ "three axes": deep, "slice by slice": flat })) {
  console.log(`| ${name} | ${encoder.codeSize} | ${(await rowOf(encoder)).join(" | ")} |`);
}
const real = Array.from(test.labels, (_, i) => jumpOf(takeRows(test.images, Int32Array.of(i))));
console.log(
  `\nJump of real volumes: ${percentile(real, 50).toFixed(4)}, 95th percentile ${
    percentile(real, 95).toFixed(4)
  }`,
);

async function labeled(split: string, count: number) {
  return await dataset.get(split, Int32Array.from({ length: count }, (_, i) => i)) as
    & Awaited<ReturnType<Dataset["get"]>>
    & { labels: Int32Array };
}

/** Figures of an encoder, as the table has them. */
async function rowOf(encoder: Encoder): Promise<string[]> {
  const codes = await encoder.encode(train.images);
  const options = ordinal.options.parse({});
  const probe = await ordinal.fit(codes, train.labels, options, {
    scale: dataset.scale,
    threshold: 2,
    random: new Random(Number(flags.seed)),
    signal: job.signal,
  });
  const seen = await encoder.encode(test.images);
  const told = probe.grade(seen).map(Math.round);
  const kappa = quadraticWeightedKappa(test.labels, told);
  const severe = test.labels.map((grade) => Number(grade >= 2));
  const auc = rocAuc(severe, probe.score(seen));
  const some = takeRows(
    test.images,
    Int32Array.from({ length: Number(flags.rendered) }, (_, i) => i),
  );
  const own = await encoder.encode(some);
  const noise = await encoder.encodeStochastic(some, own);
  const again = await encoder.render({ codes: own, noise });
  const likeness = mean(ssim(some, again));
  // The mildest go to the severe side as far as they are from the boundary, and the other way round.
  const frames = await encoder.render({ codes: mirrored(own), noise });
  const jumps = Array.from(
    { length: frames.shape[0] },
    (_, i) => jumpOf(takeRows(frames, Int32Array.of(i))),
  );
  return [kappa, auc, likeness, mean(jumps)].map((figure) => figure.toFixed(4));

  function mirrored(codes: Codes): Codes {
    const [scores, gradient] = [probe.score(codes), probe.gradient(codes)];
    const [, size] = codes.shape;
    const data = codes.data.map((value, i) => {
      const row = Math.floor(i / size);
      const g = gradient.data.subarray(row * size, (row + 1) * size);
      const length = g.reduce((sum, x) => sum + x * x, 0);
      return value - 2 * scores[row] * g[i % size] / length;
    });
    return { shape: codes.shape, data };
  }
}

/** The mean difference of neighboring slices of a volume, in intensity. */
function jumpOf({ shape: [, , d, h, w], data }: Images): number {
  let sum = 0;
  for (let i = h * w; i < data.length; i++) sum += Math.abs(data[i] - data[i - h * w]);
  return sum / ((d - 1) * h * w);
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
