/**
 * Which training gives codes that tell the grade best: variants of the Diffusion Autoencoder, trained without labels for equal processor
 * time, before one probe.
 *
 *     deno task bench codes --data DIR --dataset knee_kl_64 --preset tiny64 --threshold 2 --seconds 300 --home DIR
 *
 * What the home folder holds is not computed again, and an interrupted training goes on. `--variants 'baseline;laterality'` names some of
 * the table below, `--own '{"name": {…options of dae…}}'` adds others, `--judge '{"onnx": {…}}'` looks at frames of 16 held-out images.
 */

import process from "node:process";
import { parseArgs } from "node:util";
import {
  checkProbeJSON,
  Host,
  type ProbePlugin,
  probes,
  Random,
  type Tensor,
} from "@countergrade/countergrade";
import { readSafetensors } from "@countergrade/countergrade/formats";
import { installModels, JobRunner, Jobs, Workspace } from "@countergrade/countergrade/jobs";
import { builtins } from "@countergrade/countergrade/plugins";
import { bootstrapFigures, rocAuc } from "@countergrade/countergrade/review";
import { memoryJob } from "@countergrade/countergrade/testing";
import { measuredTime } from "../../plugins/encoders/dae/measured_time.ts";
import { configOf, DaeTrainingSchema } from "../../plugins/encoders/dae/options.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    data: { type: "string", default: "." },
    dataset: { type: "string", default: "knee_kl_64" },
    preset: { type: "string", default: "tiny64" },
    threshold: { type: "string", default: "2" },
    seconds: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    home: { type: "string" },
    variants: { type: "string" },
    own: { type: "string", default: "{}" },
    judge: { type: "string" },
  },
});

/** What the encoder may see in the place of an image: the same knee or retina, taken a little differently. */
const VIEW = { rotate: 5, zoom: 0.1, shift: 0.05, brightness: 0.1, contrast: 0.2 };
const MIRRORED = { ...VIEW, flipHorizontal: true };

/** Options of `dae` beside the preset and a code of 128 numbers. */
type Variant = { readonly config?: object } & Readonly<Record<string, unknown>>;
const VARIANTS: Readonly<Record<string, Variant>> = {
  baseline: {},
  "code 256": { config: { codeSize: 256 } },
  "laterality": { config: { laterality: true } },
  "laterality, code 256": { config: { laterality: true, codeSize: 256 } },
  "code 512": { config: { codeSize: 512 } },
  "mean instead of grid": { config: { pool: "mean" } },
  "encoder twice as deep": { config: { encoderResidualBlocks: 2 } },
  "encoder twice as wide": { config: { encoderMultipliers: [2, 4, 4] } },
  "encoder sees a varied image": { encoderAugment: VIEW },
  "encoder sees a mirrored image": { encoderAugment: MIRRORED },
  "VICReg × 0.1, one view varied": { vicreg: { weight: 0.1, augment: VIEW } },
  "VICReg × 0.1, both views varied": {
    encoderAugment: VIEW,
    vicreg: { weight: 0.1, augment: VIEW },
  },
  "VICReg × 1, both views mirrored": {
    encoderAugment: MIRRORED,
    vicreg: { weight: 1, augment: MIRRORED },
  },
  "averaged over 50 steps": { emaDecay: 0.98 },
  "more noise": { timeBias: 1 },
  "much more noise": { timeBias: 3 },
  "less noise": { timeBias: -0.5 },
};
const own: Readonly<Record<string, Variant>> = JSON.parse(flags.own);
const all = { ...VARIANTS, ...own };
const names = flags.variants?.split(";") ??
  Object.keys(Object.keys(own).length ? own : VARIANTS);

const home = flags.home ?? await Deno.makeTempDir();
const host = await Host.boot(builtins, {
  roots: [await Deno.realPath(flags.data)],
  trusted: true,
  cache: `${home}/cache`,
});
const workspace = await Workspace.open(home);
await installModels(workspace, host);
const dataset = await host.openDataset(flags.dataset);
const seed = Number(flags.seed);

/** What was planned for a variant, and the processor's seconds that its training took so far. */
interface Plan {
  readonly steps: number;
  readonly seconds: number;
}
const planFile = `${home}/codes.json`;
const plans: Record<string, Plan> = await Deno.readTextFile(planFile).then(JSON.parse, () => ({}));
const keep = (key: string, plan: Plan) => {
  plans[key] = plan;
  Deno.writeTextFileSync(planFile, JSON.stringify(plans, null, 2));
};

/** Seconds of the processor since `before`. */
function spent(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Options of a training of so many steps; a short one warms up in a tenth of them. */
const optionsOf = ({ config, ...variant }: Variant, steps: number) =>
  DaeTrainingSchema.parse({
    preset: flags.preset,
    config: { codeSize: 128, ...config },
    threads: 1,
    warmUp: Math.min(100, Math.ceil(steps / 10)),
    steps,
    inspectEvery: steps,
    checkpointEvery: 20,
    ...variant,
  });

/** Steps that take the seconds asked for, by a few that are thrown away. */
async function stepsFor(variant: Variant): Promise<number> {
  const options = optionsOf(variant, 1000);
  const config = configOf(options, dataset.imageShape);
  const before = process.cpuUsage();
  const clock = () => 1000 * spent(before);
  const job = memoryJob(host);
  const { secondsPerStep } = await measuredTime(dataset, config, options, job, clock);
  return Math.max(1, Math.round(Number(flags.seconds) / secondsPerStep));
}

async function done<Result>(task: string, options: object): Promise<Result> {
  const job = await new Jobs(host, workspace, { local: true }).submit(task, options, { seed });
  const claimed = await workspace.store.queue.claim(workspace.owner, { id: job.id });
  if (claimed) await new JobRunner(host, workspace).run(claimed, new AbortController().signal);
  const { state, error, result } = (await workspace.store.jobs.get(job.id))!;
  if (state !== "done") throw new Error(`${task}: ${state} ${JSON.stringify(error)}`);
  return result as Result;
}

/** Held-out images as the probe scores them. */
interface Told {
  readonly severe: Int32Array;
  readonly scores: ArrayLike<number>;
}

/** How a probe scores the held-out codes that it was measured on. */
async function toldBy(codes: string, probe: string): Promise<Told> {
  const read = async (id: string, file: string) => {
    const artifact = await workspace.store.artifacts.get(id);
    return await workspace.blobs.read(artifact!.files[file]);
  };
  const { tensors } = readSafetensors(await read(codes, "codes.safetensors"));
  const json = checkProbeJSON(
    JSON.parse(new TextDecoder().decode(await read(probe, "probe.json"))),
  );
  const plugin: ProbePlugin = host.member(probes, json.plugin);
  const labels = tensors.get("val.labels") as Tensor;
  const held = tensors.get("val.codes") as Tensor;
  return {
    severe: Int32Array.from(labels.data, (label) => Number(label >= Number(flags.threshold))),
    scores: plugin.load(json).score({ shape: held.shape, data: held.data.slice() }),
  };
}

/** AUC of `a` above that of `b` on the same images, with its interval. */
async function gain(a: Told, b: Told): Promise<string> {
  const difference = (indices: Int32Array) => {
    const truth = indices.map((i) => a.severe[i]);
    const auc = ({ scores }: Told) => rocAuc(truth, Float64Array.from(indices, (i) => scores[i]));
    return { gain: auc(a) - auc(b) };
  };
  const whole = difference(Int32Array.from(a.severe, (_, i) => i));
  const drawn = await bootstrapFigures(a.severe.length, difference, new Random(0));
  return signed(whole.gain) + ` (${signed(drawn.gain.low)} to ${signed(drawn.gain.high)})`;
}
const signed = (value: number) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

console.log(
  `${flags.dataset}, ${flags.preset}, ${flags.seconds} s of the processor each, seed ${seed}, ` +
    `severe from grade ${flags.threshold}\n`,
);
console.log(
  "| variant | steps | CPU s | AUC | gain | QWK | use of z | judge: grades per asked grade |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
let first: Told | undefined;
for (const name of names) {
  const variant = all[name];
  if (!variant) throw new Error(`No variant ${name}; known: ${Object.keys(all).join("; ")}`);
  const key = JSON.stringify([flags.dataset, flags.preset, flags.seconds, seed, variant]);
  if (!plans[key]) keep(key, { steps: await stepsFor(variant), seconds: 0 });
  const { steps, seconds } = plans[key];
  const options = { dataset: dataset.id, encoder: { dae: optionsOf(variant, steps) } };
  const before = process.cpuUsage();
  const note = () => keep(key, { steps, seconds: seconds + spent(before) });
  const timer = setInterval(note, 5000);
  const trained = await done<{ encoder: string; codeUse: number }>("trainEncoder", options);
  clearInterval(timer);
  if (spent(before) > 1) note();
  const { encoder } = trained;
  const splits = ["train", "val"];
  const { codes } = await done<{ codes: string }>("encode", {
    encoder,
    dataset: dataset.id,
    splits,
  });
  const { probe, review } = await done<{ probe: string; review: { figures: Figure[] } }>(
    "trainProbe",
    { codes, probe: { ordinal: {} }, threshold: Number(flags.threshold) },
  );
  const figure = (of: string) => {
    const { value, low, high } = review.figures.find(({ name }) => name === of)!;
    return `${value.toFixed(3)} (${low?.toFixed(3)} to ${high?.toFixed(3)})`;
  };
  const told = await toldBy(codes, probe);
  first ??= told;
  const judged = flags.judge === undefined ? undefined : await done<
    { judge: { judge: { figures: Record<string, number> } } }
  >("evaluate", {
    probe,
    dataset: dataset.id,
    split: "val",
    limit: 16,
    judge: JSON.parse(flags.judge),
  });
  const cells = [
    name,
    steps,
    plans[key].seconds.toFixed(0),
    figure("auc"),
    told === first ? "–" : await gain(told, first),
    figure("qwk"),
    trained.codeUse.toFixed(2),
    judged?.judge.judge.figures.slope.toFixed(2) ?? "–",
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
await workspace.close();
Deno.exit(0);
