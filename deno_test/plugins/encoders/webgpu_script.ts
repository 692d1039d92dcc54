/**
 * Compares WebGPU with the CPU, as a process of its own: which Vulkan driver there is must be known before it starts. Prints one
 * line of JSON, {@linkcode Report}.
 */

import { type Provider, Random, sizeOf, type Tensor, tensor } from "@countergrade/countergrade";
import {
  daeParameters,
  flatten,
  Graph,
  linearSchedule,
  parseDaeConfig,
  presentProviders,
  PRESETS,
  Session,
  startOn,
  startState,
  Trainer,
} from "@countergrade/countergrade/engine";
import { DaeEncoder } from "../../../plugins/encoders/dae/model.ts";
import { lively, randomBatch } from "../../../bench/peer/equality.ts";

/** What the script finds. */
export interface Report {
  /** Why WebGPU does not start here; nothing else is told then. */
  readonly missing?: string;
  /** What `auto` would try, software drivers left out. */
  readonly present: readonly Provider[];
  /** Where an encoder ran that asked for WebGPU. */
  readonly provider: string;
  /** √Σ(a − b)² / √Σb² with b from the CPU, by what was computed. */
  readonly differences: Readonly<Record<string, number>>;
  /** Whether the trainer had no weights beside the first ones before they were read back. */
  readonly resident: boolean;
  /** Warnings when what is made fails on WebGPU, and where it ended up. */
  readonly fallback: { readonly warnings: readonly string[]; readonly provider: string };
  /** The message of a failure in the middle of a run. */
  readonly failure: string;
}

const STEPS = 2;
const config = parseDaeConfig({
  ...PRESETS.tiny64,
  imageSize: 16,
  unshuffle: 4,
  multipliers: [1],
  encoderMultipliers: [1],
  attention: [1],
  embedding: 32,
  codeSize: 8,
});
const weights = lively(config, new Random("weights"));
const batch = randomBatch(config, 2, new Random("batch"));
const sampler = { name: "dpm-solver", inversionSteps: 2, renderSteps: 2 };

/** Codes, and images from given noise and codes. */
async function encoded(provider: Provider, codes?: Tensor): Promise<Record<string, Tensor>> {
  await using encoder = await DaeEncoder.start({ config, weights, facts: {} }, { provider });
  ran = String(encoder.details.provider);
  const z = await encoder.encode(batch.images);
  const latents = { codes: codes ?? z, noise: batch.noise };
  return { z, images: await encoder.render(latents, { sampler }) };
}
let ran = "";

/** Losses of some steps, and the state after them, which has stayed on the device in between. */
async function trained(provider: Provider): Promise<Record<string, Tensor>> {
  const start = startState(flatten(weights, daeParameters(config)));
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  await using trainer = await Trainer.create(config, schedule, 2, start, { provider, threads: 1 });
  const rates = { learningRate: 1e-4, emaDecay: 0.9, maxGradientNorm: 1 };
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) losses.push((await trainer.step(batch, rates)).loss);
  resident = trainer.state.weights === start.weights;
  const { weights: after, mean, step } = await trainer.sync();
  const moved = (t: Tensor): Tensor =>
    tensor(t.shape, t.data.map((v, i) => v - start.weights.data[i]));
  return {
    losses: tensor([STEPS], losses),
    step: tensor([1], [step]),
    mean,
    moved: moved(after),
  };
}

let resident = false;

/** See {@linkcode Report.differences}. */
function difference(a: Tensor, b: Tensor): number {
  let [miss, size] = [0, 0];
  for (let i = 0; i < sizeOf(b.shape); i++) {
    miss += (a.data[i] - b.data[i]) ** 2;
    size += b.data[i] ** 2;
  }
  return Math.sqrt(miss / size);
}

async function failing(provider: Provider): Promise<string> {
  const graph = new Graph();
  graph.output("y", graph.input("x", [2, 2]));
  const session = await Session.compile(graph, { provider, feedback: { y: "x" } });
  await session.run({ x: tensor([2, 2], [1, 2, 3, 4]) });
  await session[Symbol.asyncDispose]();
  return await session.run({ x: tensor([2, 2], [1, 2, 3, 4]) }).then(
    () => "none",
    (error) => `${error.code}: ${error.message}`,
  );
}

async function report(): Promise<Partial<Report>> {
  const present = await presentProviders();
  let missing: string | undefined;
  const { provider } = await startOn(
    "webgpu",
    () => Promise.resolve(),
    (message) => missing = message,
  );
  if (provider !== "webgpu") return { missing, present };
  const [cpu, cpuState] = [await encoded("cpu"), await trained("cpu")];
  const gpu = { ...await encoded("webgpu", cpu.z), ...await trained("webgpu") };
  const warnings: string[] = [];
  const fallback = await startOn(
    "webgpu",
    (provider) =>
      provider === "webgpu" ? Promise.reject(new Error("too small\nat …")) : Promise.resolve(),
    (message) => warnings.push(message),
  );
  return {
    present,
    provider: ran,
    differences: Object.fromEntries(
      Object.entries({ ...cpu, ...cpuState }).map((
        [name, value],
      ) => [name, difference(gpu[name as keyof typeof gpu], value)]),
    ),
    resident,
    fallback: { warnings, provider: fallback.provider },
    failure: await failing("webgpu"),
  };
}

console.log(JSON.stringify(await report()));
