/** What one training step is given: images of an epoch's order, augmented, with noise and times, and views for the encoder. */

import type { Dataset, Random } from "@countergrade/countergrade";
import type { DaeConfig, Schedule, TrainingBatch } from "@countergrade/countergrade/engine";
import { augment, type Augmentation, mirroredWhere } from "@countergrade/countergrade/images";
import { toModelRange } from "./image_range.ts";
import type { DaeTrainingOptions } from "./options.ts";

/** Images that one optimizer step goes through. */
export function imagesPerStep({ batchSize, accumulate = 1 }: DaeTrainingOptions): number {
  return batchSize * accumulate;
}

/**
 * The batch of one step: epochs are permutations, cut into batches; a last short batch is left out. All that is random
 * comes from `random` and the step's number.
 */
export async function trainingBatch(
  dataset: Dataset,
  config: DaeConfig,
  options: DaeTrainingOptions,
  schedule: Schedule,
  random: Random,
  step: number,
): Promise<TrainingBatch> {
  const n = imagesPerStep(options);
  const perEpoch = Math.floor(dataset.splits.train / n);
  const order = epochOrder(dataset, random, Math.floor(step / perEpoch));
  const at = (step % perEpoch) * n;
  const { images } = await dataset.get("train", order.subarray(at, at + n));
  const stream = random.fork("step", step);
  const flipped = options.flip ? mirroredWhere(images, () => stream.uniform() >= 0.5) : images;
  const varied = options.augment ? augment(flipped, options.augment, stream) : flipped;
  const { encoderAugment, vicreg } = options;
  const view = (name: string, augmentation: Augmentation) =>
    toModelRange(augment(varied, augmentation, stream.fork(name)), config);
  return {
    images: toModelRange(varied, config),
    ...encoderAugment && { seen: view("seen", encoderAugment) },
    ...vicreg && { view: view("view", vicreg.augment) },
    noise: { shape: images.shape, data: stream.normals(images.data.length) },
    times: {
      shape: [n],
      data: Float32Array.from({ length: n }, () => timeOf(stream, schedule, options.timeBias)),
    },
  };
}

/** A time in 0 … T − 1, drawn as often as (t/T)^bias: importance sampling of a loss that is weighed so. */
function timeOf(random: Random, { steps }: Schedule, bias?: number): number {
  return bias === undefined
    ? random.integer(steps)
    : Math.min(steps - 1, Math.floor(steps * random.uniform() ** (1 / (1 + bias))));
}

/** The order of an epoch; the latest is kept. */
const orders = new WeakMap<Dataset, { key: string; order: Int32Array }>();
function epochOrder(dataset: Dataset, random: Random, epoch: number): Int32Array {
  const stream = random.fork("epoch", epoch);
  const kept = orders.get(dataset);
  if (kept?.key === stream.seed) return kept.order;
  const order = stream.permutation(dataset.splits.train);
  orders.set(dataset, { key: stream.seed, order });
  return order;
}
