/** The loss of a Diffusion Autoencoder on a noisy batch. */

import type { Schedule } from "../diffusion/schedule.ts";
import { add, concat, mul, reduceMean, slice, sub, type Value } from "../graph/graph.ts";
import type { Tensor } from "../tensor.ts";
import type { DaeConfig } from "./dae_config.ts";
import { denoiserNetwork, encoderNetwork } from "./dae_network.ts";
import type { Dropout } from "./dropout.ts";
import { mixing, type NoisyBatch, type TrainingBatch } from "./noisy_batch.ts";
import type { ParameterSource } from "./parameters.ts";
import { vicregLoss } from "./vicreg.ts";

/**
 * The mean squared error of what the networks predict for a noisy batch, and where it has a second view, `vicreg` times what its code says;
 * `dropout` is left out when they are only looked at.
 */
export function trainingLoss(
  config: DaeConfig,
  source: ParameterSource,
  batch: NoisyBatch,
  dropout?: Dropout,
  vicreg = 0,
): Value {
  const { seen, view } = batch;
  const [n] = seen.shape;
  const codes = encoderNetwork(config, source, view ? concat([seen, view], 0) : seen);
  const code = view ? slice(codes, 0, 0, n) : codes;
  const predicted = denoiserNetwork(config, source, batch.noisy, batch.t, code, dropout?.drop);
  const denoising = meanSquare(predicted, TARGET[config.prediction](batch));
  if (!view) return denoising;
  return add(denoising, mul(vicregLoss(code, slice(codes, 0, n, 2 * n)), vicreg));
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
  const { images, noise, times, seen, view } = batch;
  return {
    x: images,
    noise,
    t: times,
    ...mixing(schedule, times, images),
    ...seen && { seen },
    ...view && { view },
  };
}
