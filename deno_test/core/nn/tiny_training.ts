/** A very small Diffusion Autoencoder and random batches for it, for the tests of training. */

import { Random, tensor } from "@countergrade/countergrade";
import {
  type DaeConfig,
  parseDaeConfig,
  type TrainingBatch,
} from "@countergrade/countergrade/engine";

/** 8 × 8 pixels, two levels, attention in the middle only. */
export function tinyConfig(given: Partial<DaeConfig> = {}): DaeConfig {
  return parseDaeConfig({
    imageSize: 8,
    imageChannels: 1,
    channels: 32,
    multipliers: [1, 1],
    encoderMultipliers: [1, 1],
    residualBlocks: 1,
    encoderResidualBlocks: 1,
    attention: [],
    embedding: 16,
    codeSize: 8,
    prediction: "v",
    ...given,
  });
}

/** `n` noisy images of {@linkcode tinyConfig}. */
export function tinyBatch(n: number, seed = 0): TrainingBatch {
  const random = new Random(seed);
  const shape = [n, 1, 8, 8];
  return {
    images: tensor(shape, Float32Array.from({ length: n * 64 }, () => 2 * random.uniform() - 1)),
    noise: tensor(shape, random.normals(n * 64)),
    times: tensor([n], Float32Array.from({ length: n }, () => random.integer(1000))),
  };
}
