/** The held-out images of a training: fixed batches with fixed times and noise. */

import type { Dataset, Random } from "@countergrade/countergrade";
import type { DaeConfig, Schedule, TrainingBatch } from "@countergrade/countergrade/engine";
import { toModelRange } from "./image_range.ts";

/** The split that nothing is learned from. */
export const HELD_OUT = "val";

/** Images that go through the networks at once. */
const BATCH = 16;

/**
 * Up to `most` images of the held-out split in batches of one size, never augmented; none where the split is missing.
 * Times are spread evenly over all of them, so that the loss is that of uniform times with little noise of its own.
 */
export async function heldOutBatches(
  dataset: Dataset,
  config: DaeConfig,
  schedule: Schedule,
  random: Random,
  most: number,
): Promise<TrainingBatch[]> {
  const there = dataset.splits[HELD_OUT] ?? 0;
  const size = Math.min(BATCH, most, there);
  if (size === 0) return [];
  const count = Math.floor(Math.min(most, there) / size);
  const order = random.fork("images").permutation(there);
  const places = random.fork("times").permutation(count * size);
  const times = Float32Array.from(
    places,
    (place) => Math.floor((place + 0.5) / places.length * schedule.steps),
  );
  const batches: TrainingBatch[] = [];
  for (let at = 0; at < count * size; at += size) {
    const { images } = await dataset.get(HELD_OUT, order.subarray(at, at + size));
    const noise = random.fork("noise", at).normals(images.data.length);
    batches.push({
      images: toModelRange(images, config),
      noise: { shape: images.shape, data: noise },
      times: { shape: [size], data: times.subarray(at, at + size) },
    });
  }
  return batches;
}
