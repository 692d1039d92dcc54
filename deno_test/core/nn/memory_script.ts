/**
 * Trains and renders for long on a provider, as a process of its own: what other tests leave behind must not count. Prints one
 * line of JSON, by how many bytes each made the process grow.
 */

import { type Provider, Random, sizeOf, type Tensor } from "@countergrade/countergrade";
import {
  daeParameters,
  initialParameters,
  linearSchedule,
  parseDaeConfig,
  startState,
  Trainer,
  unflatten,
} from "@countergrade/countergrade/engine";
import { DaeEncoder } from "../../../plugins/encoders/dae/model.ts";
import { residentMemory } from "../../memory.ts";

const CONFIG = parseDaeConfig({
  imageSize: 32,
  imageChannels: 3,
  unshuffle: 4,
  channels: 32,
  multipliers: [1],
  encoderMultipliers: [1],
  residualBlocks: 1,
  encoderResidualBlocks: 1,
  attention: [],
  embedding: 16,
  codeSize: 16,
});
const provider = Deno.args[0] as Provider;
/** Repeats before the memory is read, and between two readings. */
const [WARM_UP, REPEATS] = [120, 480];

function normals(shape: number[]): Tensor {
  return { shape, data: new Random(1).normals(sizeOf(shape)) };
}

/** Bytes by which the process grows after the warm-up, the smaller of twice: what is lost at each repeat is lost both times. */
async function growth(repeat: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await repeat();
  const start = await residentMemory();
  for (let i = 0; i < REPEATS; i++) await repeat();
  const middle = await residentMemory();
  for (let i = 0; i < REPEATS; i++) await repeat();
  return Math.min(middle - start, await residentMemory() - middle);
}

const specs = daeParameters(CONFIG);
const weights = initialParameters(specs, new Random(0));

async function training(): Promise<number> {
  const schedule = linearSchedule();
  await using trainer = await Trainer.create(CONFIG, schedule, 1, startState(weights), {
    threads: 1,
    provider,
  });
  const noise = normals([1, 3, 32, 32]);
  const batch = { images: noise, noise, times: { shape: [1], data: Float32Array.of(500) } };
  return await growth(() => trainer.step(batch, { learningRate: 1e-4, emaDecay: 0.99 }));
}

async function rendering(): Promise<number> {
  const model = { config: CONFIG, weights: unflatten(weights, specs), facts: {} };
  await using encoder = new DaeEncoder(model, 1, provider);
  const latents = { codes: normals([8, 16]), noise: normals([8, 3, 32, 32]) };
  const sampler = { name: "ddim", inversionSteps: 1, renderSteps: 1 };
  return await growth(() => encoder.render(latents, { sampler }));
}

console.log(JSON.stringify({ training: await training(), rendering: await rendering() }));
