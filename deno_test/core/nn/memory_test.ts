/** Training and rendering for long: the memory of the process must not grow. */

import { assert } from "@std/assert";
import {
  daeParameters,
  initialParameters,
  linearSchedule,
  parseDaeConfig,
  Random,
  sizeOf,
  startState,
  type Tensor,
  Trainer,
  unflatten,
} from "@countergrade/countergrade";
import { DaeEncoder } from "../../../plugins/encoders/dae/mod.ts";

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
const WARM_UP = 200;
const REPEATS = 1000;
/** Keeping what 800 renders return would take 79 MB, what 800 steps return far more. */
const BOUND = 32e6;

function normals(shape: number[]): Tensor {
  return { shape, data: new Random(1).normals(sizeOf(shape)) };
}

/** Bytes by which the process grows from the end of the warm-up to the end. */
async function growth(repeat: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await repeat();
  const before = Deno.memoryUsage().rss;
  for (let i = WARM_UP; i < REPEATS; i++) await repeat();
  return Deno.memoryUsage().rss - before;
}

const specs = daeParameters(CONFIG);
const weights = initialParameters(specs, new Random(0));

Deno.test("1,000 training steps take no more memory than 200", async () => {
  const schedule = linearSchedule();
  await using trainer = await Trainer.create(CONFIG, schedule, 1, startState(weights), {
    threads: 1,
  });
  const noise = normals([1, 3, 32, 32]);
  const batch = { images: noise, noise, times: { shape: [1], data: Float32Array.of(500) } };
  const grown = await growth(() => trainer.step(batch, { learningRate: 1e-4, emaDecay: 0.99 }));
  assert(grown < BOUND, `the process grew by ${(grown / 1e6).toFixed(0)} MB`);
});

Deno.test("1,000 renders take no more memory than 200", async () => {
  const model = { config: CONFIG, weights: unflatten(weights, specs), facts: {} };
  await using encoder = new DaeEncoder(model, 1);
  const latents = { codes: normals([8, 16]), noise: normals([8, 3, 32, 32]) };
  const sampler = { name: "ddim", inversionSteps: 1, renderSteps: 1 };
  const grown = await growth(() => encoder.render(latents, { sampler }));
  assert(grown < BOUND, `the process grew by ${(grown / 1e6).toFixed(0)} MB`);
});
