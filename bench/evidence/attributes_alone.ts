/**
 * What a probe knows beyond what any image shows at a glance: its AUC beside that of an ordinal probe on brightness alone and on all
 * attributes, and that of its score once the attributes are regressed out.
 *
 *     deno task bench attributes_alone --data DIR --model retina28 --split test
 */

import { parseArgs } from "node:util";
import {
  type Dataset,
  type Images,
  probes,
  Random,
  type Tensor,
  tensor,
} from "@countergrade/countergrade";
import { bootstrapFigures, rocAuc } from "@countergrade/countergrade/review";
import { ATTRIBUTES, TRACES } from "../../plugins/tasks/data/attributes.ts";
import { LoadedEncoders, loadProbe } from "../../plugins/tasks/encoders/models.ts";
import { groundOf } from "../shipped/ground.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    data: { type: "string", default: "." },
    model: { type: "string", default: "retina28" },
    split: { type: "string", default: "test" },
    /** Severe from this grade; default: the probe's. */
    threshold: { type: "string" },
    seed: { type: "string", default: "0" },
  },
});
await using ground = await groundOf(flags.model, { data: flags.data });
const { host, job } = ground;
const seed = Number(flags.seed);
const threshold = Number(flags.threshold ?? ground.probe.metadata.threshold ?? 1);
await using loaded = new LoadedEncoders();
const { probe } = await loadProbe(job, ground.probe.id);
const encoder = await loaded.get(job, String(ground.probe.metadata.encoder));
const dataset = await host.openDataset(String(ground.probe.metadata.dataset));
/** What the data set itself measures may be the disease, and is left out. */
const measurements = [...ATTRIBUTES, ...TRACES];
const ordinal = host.member(probes, "ordinal");
const ridge = host.member(probes, "ridge");

const [train, seen] = [await looked(dataset, "train"), await looked(dataset, flags.split)];
const fit = (values: Tensor) =>
  ordinal.fit(values, train.labels, ordinal.options.parse({}), {
    scale: dataset.scale,
    threshold,
    random: new Random(seed),
    signal: job.signal,
  });
const all = await fit(train.values);
const bright = await fit(column(train.values, 0));
const left = await regressedOut();
const scores = {
  [`${measurements[0].name} alone`]: bright.score(column(seen.values, 0)),
  [`${measurements.map(({ name }) => name).join(", ")} alone`]: all.score(seen.values),
  "the probe": probe.score(seen.codes),
  "the probe, attributes regressed out": left,
};
const truth = Float64Array.from(seen.labels, (label) => Number(label >= threshold));
const aucOf = (told: ArrayLike<number>, indices: Int32Array) =>
  rocAuc(Float64Array.from(indices, (i) => truth[i]), Float64Array.from(indices, (i) => told[i]));
const every = Int32Array.from(truth, (_, i) => i);
const [, baseline] = Object.values(scores);
console.log(
  `${flags.model}, ${truth.length} images of ${flags.split}, grade ${threshold} or more\n`,
);
console.log("| score | AUC | above all attributes |\n| --- | --- | --- |");
for (const [name, told] of Object.entries(scores)) {
  const { auc, gain } = await bootstrapFigures(truth.length, (indices) => ({
    auc: aucOf(told, indices),
    gain: aucOf(told, indices) - aucOf(baseline, indices),
  }), new Random(seed));
  const own = aucOf(told, every);
  const text = (value: number, { low, high }: { low: number; high: number }) =>
    `${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
  console.log(`| ${name} | ${text(own, auc)} | ${text(own - aucOf(baseline, every), gain)} |`);
}

/** Attributes `[n, k]`, codes and labels of a split. */
async function looked(from: Dataset, split: string) {
  const indices = Int32Array.from({ length: from.splits[split] }, (_, i) => i);
  const { images, labels } = await from.get(split, indices);
  return {
    values: attributesOf(images),
    codes: await encoder.encode(images),
    labels: Int32Array.from(labels),
  };
}

function attributesOf(images: Images): Tensor {
  const columns = measurements.map((measurement) => measurement.measure(images));
  const [n, k] = [images.shape[0], columns.length];
  return tensor(
    [n, k],
    Float32Array.from({ length: n * k }, (_, i) => columns[i % k][Math.floor(i / k)]),
  );
}

function column({ shape: [n, k], data }: Tensor, j: number): Tensor {
  return tensor([n, 1], Float32Array.from({ length: n }, (_, i) => data[i * k + j]));
}

/** The probe's score less what a ridge regression on the attributes of training images makes of it. */
async function regressedOut(): Promise<Float64Array> {
  const told = probe.score(train.codes);
  const line = await ridge.fit(train.values, told, ridge.options.parse({}), {
    scale: { type: "continuous", names: ["score"] },
    threshold: 0,
    random: new Random(seed),
    signal: job.signal,
  });
  const expected = line.grade(seen.values);
  return probe.score(seen.codes).map((score, i) => score - expected[i]);
}
