/** The loss of a Diffusion Autoencoder on a noisy batch. */

import type { Schedule } from "../diffusion/schedule.ts";
import { mul, reduceMean, sub, type Value } from "../graph/graph.ts";
import type { Tensor } from "../tensor.ts";
import type { DaeConfig } from "./dae_config.ts";
import { denoiserNetwork, encoderNetwork } from "./dae_network.ts";
import type { Dropout } from "./dropout.ts";
import { mixing, type NoisyBatch, type TrainingBatch } from "./noisy_batch.ts";
import type { ParameterSource } from "./parameters.ts";

/** The mean squared error of what the networks predict for a noisy batch; `dropout` is left out when they are only looked at. */
export function trainingLoss(
  config: DaeConfig,
  source: ParameterSource,
  batch: NoisyBatch,
  dropout?: Dropout,
): Value {
  const code = encoderNetwork(config, source, batch.x);
  const predicted = denoiserNetwork(config, source, batch.noisy, batch.t, code, dropout?.drop);
  return meanSquare(predicted, TARGET[config.prediction](batch));
}

/** What the U-Net should have said: ε, v = √ᾱ·ε − √(1 − ᾱ)·x₀ (Salimans & Ho 2022), or x₀. */
const TARGET: Record<DaeConfig["prediction"], (batch: NoisyBatch) => Value> = {
  eps: ({ noise }) => noise,
  v: ({ x, noise, signal, spread }) => sub(mul(signal, noise), mul(spread, x)),
  x0: ({ x }) => x,
};

function meanSquare(a: Value, b: Value): Value {
  const difference = sub(a, b);
  const axes = difference.shape.map((_, axis) => axis);
  return reduceMean(mul(difference, difference), axes);
}

/** Feeds of {@linkcode noisyBatch}. */
export function batchFeeds(batch: TrainingBatch, schedule: Schedule): Record<string, Tensor> {
  const { images, noise, times } = batch;
  return { x: images, noise, t: times, ...mixing(schedule, times, images) };
}
