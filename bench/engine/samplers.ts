/** Samplers on a trained model: evaluations, time, round trip, and what they do to edited frames. */

import { parseArgs } from "node:util";
import {
  batches,
  type Codes,
  concatRows,
  type Dataset,
  type EditorPlugin,
  editors,
  Host,
  type Probe,
  type ProbePlugin,
  probes,
  Random,
  type SamplerOptions,
  takeRows,
  type Tensor,
} from "@countergrade/countergrade";
import { meanSquaredError } from "@countergrade/countergrade/images";
import { models } from "@countergrade/countergrade/jobs";
import { codeStatistics } from "@countergrade/countergrade/linear";
import { builtins } from "@countergrade/countergrade/plugins";
import { DaeEncoder, readModel } from "../../plugins/encoders/dae/model.ts";
import { rounded } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

/** The first is what the others are compared with. */
const SCHEMES: readonly SamplerOptions[] = [
  { name: "ddim", inversionSteps: 250, renderSteps: 100 },
  { name: "ddim", inversionSteps: 20, renderSteps: 20 },
  { name: "dpm-solver", inversionSteps: 5, renderSteps: 5 },
  { name: "dpm-solver", inversionSteps: 10, renderSteps: 10 },
  { name: "dpm-solver", inversionSteps: 20, renderSteps: 10 },
  { name: "dpm-solver", inversionSteps: 15, renderSteps: 15 },
  { name: "dpm-solver", inversionSteps: 20, renderSteps: 20 },
  { name: "dpm-solver", inversionSteps: 30, renderSteps: 30 },
  { name: "dpm-solver", inversionSteps: 50, renderSteps: 50 },
];

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    model: { type: "string" },
    dataset: { type: "string", default: "vertebra" },
    data: { type: "string" },
    split: { type: "string", default: "val" },
    probe: { type: "string", default: "ordinal" },
    images: { type: "string", default: "8" },
    codes: { type: "string", default: "1024" },
    threads: { type: "string", default: "2" },
  },
});
const threads = Number(flags.threads);

/** The model of a file, or the encoder of the data set that comes along with the built-in plugins. */
async function modelBytes(host: Host): Promise<{ title: string; bytes: Uint8Array }> {
  if (flags.model) {
    return { title: flags.model.split("/").at(-1)!, bytes: await Deno.readFile(flags.model) };
  }
  for (const { name, folder } of host.members(models)) {
    const { artifacts } = JSON.parse(await Deno.readTextFile(new URL("models.json", folder))) as {
      artifacts: { id: string; kind: string; metadata: { dataset?: string } }[];
    };
    const found = artifacts.find(({ kind, metadata }) =>
      kind === "encoder" && metadata.dataset === flags.dataset
    );
    if (!found) continue;
    const bytes = await Deno.readFile(new URL(`${found.id}.model.safetensors`, folder));
    return { title: `${name}, which comes along`, bytes };
  }
  throw new Error(
    `No model of ${flags.dataset} comes along with the built-in plugins: name a file with --model`,
  );
}

/** A probe and the editor's statistics, of the codes of some training images. */
async function fitProbe(host: Host, encoder: DaeEncoder, dataset: Dataset) {
  const codes: Codes[] = [];
  const labels: number[] = [];
  const limit = Number(flags.codes);
  for await (
    const batch of batches(dataset, "train", 64, { limit, shuffle: new Random("codes") })
  ) {
    codes.push(await encoder.encode(batch.images));
    labels.push(...batch.labels);
  }
  const all = concatRows(codes);
  const plugin = host.member(probes, flags.probe) as ProbePlugin;
  const probe = await plugin.fit(all, Int32Array.from(labels), plugin.options.parse({}), {
    scale: dataset.scale,
    threshold: Math.floor(dataset.scale.names.length / 2),
    random: new Random("samplers"),
  });
  return { probe, statistics: codeStatistics(all) };
}

/** What one scheme makes of the images and the edits. */
interface Outcome {
  /** Of invert and render, per image. */
  readonly seconds: number;
  readonly mse: number;
  /** The same after each image's mean difference is taken away: errors other than brightness. */
  readonly demeaned: number;
  readonly max: number;
  /** Scores of the edited frames, encoded again. */
  readonly scores: Float64Array;
}

async function walk(
  encoder: DaeEncoder,
  sampler: SamplerOptions,
  images: Tensor,
  codes: Codes,
  edited: Codes,
  probe: Probe,
): Promise<Outcome> {
  const n = images.shape[0];
  const start = performance.now();
  const noise = await encoder.encodeStochastic(images, codes, { sampler });
  const back = await encoder.render({ codes, noise }, { sampler });
  const seconds = (performance.now() - start) / 1000 / n;
  const grades = edited.shape[0] / n;
  const repeated = takeRows(
    noise,
    Array.from({ length: edited.shape[0] }, (_, i) => Math.floor(i / grades)),
  );
  const frames = await encoder.render({ codes: edited, noise: repeated }, { sampler });
  return {
    seconds,
    mse: mean(meanSquaredError(images, back)),
    demeaned: mean(meanSquaredError(images, withoutShift(images, back))),
    max: images.data.reduce((most, x, i) => Math.max(most, Math.abs(x - back.data[i])), 0),
    scores: probe.score(await encoder.encode(frames)),
  };
}

/** `back` moved to the mean brightness of `images`, image by image. */
function withoutShift(images: Tensor, back: Tensor): Tensor {
  const size = images.data.length / images.shape[0];
  const data = back.data.slice();
  for (let start = 0; start < data.length; start += size) {
    let shift = 0;
    for (let i = start; i < start + size; i++) shift += (images.data[i] - data[i]) / size;
    for (let i = start; i < start + size; i++) data[i] += shift;
  }
  return { shape: back.shape, data };
}

function mean(values: Iterable<number>): number {
  const all = [...values];
  return all.reduce((sum, value) => sum + value, 0) / all.length;
}

function meanDistance(a: Float64Array, b: Float64Array): number {
  return mean(a.map((value, i) => Math.abs(value - b[i])));
}

{
  await using host = await Host.boot(builtins, {
    roots: flags.data ? [await Deno.realPath(flags.data)] : [],
  });
  const dataset = await host.openDataset(flags.dataset);
  const { title, bytes } = await modelBytes(host);
  await using encoder = new DaeEncoder(readModel(bytes), threads);
  printSurroundings(threads);
  const { trainingSteps = "unknown", parameters } = encoder.details;
  const n = Math.min(Number(flags.images), dataset.splits[flags.split] ?? 0);
  console.log(
    `model:    ${title} (${parameters} parameters, ${trainingSteps} training steps)\n` +
      `images:   ${n} of ${dataset.id}/${flags.split}, probe ${flags.probe} on ${flags.codes} training codes\n`,
  );

  const { probe, statistics } = await fitProbe(host, encoder, dataset);
  // Files are often sorted by grade: a seeded sample.
  const order = new Random("images").permutation(dataset.splits[flags.split]);
  const { images } = await dataset.get(flags.split, order.subarray(0, n));
  const codes = await encoder.encode(images);
  const grades = dataset.scale.names.map((_, grade) => ({ grade }));
  const which = Array.from({ length: n * grades.length }, (_, i) => Math.floor(i / grades.length));
  const editor = host.member(editors, "pattern") as EditorPlugin;
  const noise = takeRows(images, which); // any will do: an edit leaves x_T alone
  const edit = await editor.edit(
    { codes: takeRows(codes, which), noise },
    probe,
    which.map((_, i) => grades[i % grades.length]),
    editor.options.parse({}),
    { statistics },
  );

  await walk(encoder, SCHEMES[2], images, codes, edit.latents.codes, probe); // compiles and warms up
  const outcomes: Outcome[] = [];
  for (const sampler of SCHEMES) {
    outcomes.push(await walk(encoder, sampler, images, codes, edit.latents.codes, probe));
  }
  const [reference] = outcomes;
  console.table(Object.fromEntries(SCHEMES.map((sampler, i) => {
    const { seconds, mse, demeaned, max, scores } = outcomes[i];
    return [`${sampler.name} ${sampler.inversionSteps}/${sampler.renderSteps}`, {
      evaluations: sampler.inversionSteps + sampler.renderSteps,
      "s per image": rounded(seconds),
      "time ratio": rounded(seconds / reference.seconds),
      MSE: mse.toExponential(1),
      "MSE without shift": demeaned.toExponential(1),
      "max abs": rounded(max),
      "edits: from 250/100 (σ)": rounded(meanDistance(scores, reference.scores)),
      "from the score asked for (σ)": rounded(meanDistance(scores, edit.targetScore)),
    }];
  })));
  console.log(
    "Round trip: invert and render, images in [-1, 1]. Edits: every image to every grade; mean absolute difference of the " +
      "re-encoded frames' scores from those of the first scheme, and from the scores that the edits asked for.",
  );
}
