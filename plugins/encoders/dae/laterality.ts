/** Which side an image shows, learned from images alone, and data sets in which all face one side. */

import {
  breathe,
  type Dataset,
  type Random,
  row,
  sizeOf,
  type Tensor,
} from "@countergrade/countergrade";
import { mirroredWhere } from "@countergrade/countergrade/images";

/** Numbers that are in memory at once. */
const MOST_NUMBERS = 2 ** 24;
/** Power iterations, at most. */
const PASSES = 200;
/** The iteration ends where the axis turns by less. */
const SETTLED = 1e-6;
/** Images that are read at once. */
const BATCH = 256;

/**
 * The odd filter `[1, c, h, w]`: the first principal component of the differences between images of the split `train` and their mirror
 * images, of unit length. Its sign is that of its largest entry, which is positive. Images that do not differ from their mirror images
 * give zeros, which turn nothing.
 *
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function lateralAxis(
  dataset: Dataset,
  random: Random,
  signal: AbortSignal,
): Promise<Tensor> {
  const size = sizeOf(dataset.imageShape);
  const count = Math.min(dataset.splits.train, Math.max(1, Math.floor(MOST_NUMBERS / size)));
  const chosen = random.permutation(dataset.splits.train).subarray(0, count);
  const odd = new Float32Array(count * size);
  for (let at = 0; at < count; at += BATCH) {
    signal.throwIfAborted();
    const { images } = await dataset.get("train", chosen.subarray(at, at + BATCH));
    odd.set(images.data, at * size);
  }
  const mirrored = mirroredWhere({ shape: [count, ...dataset.imageShape], data: odd }, () => true);
  for (let k = 0; k < odd.length; k++) odd[k] -= mirrored.data[k];
  return { shape: [1, ...dataset.imageShape], data: await firstComponent(odd, size, signal) };
}

/** A data set with every image mirrored that faces the other side. */
export function facing(dataset: Dataset, axis: Tensor): Dataset {
  const { id, title, imageShape, scale, splits, fingerprint } = dataset;
  return {
    id,
    title,
    imageShape,
    scale,
    splits,
    fingerprint: `${fingerprint}/facing`,
    async get(split, indices) {
      const batch = await dataset.get(split, indices);
      const isLeft = (i: number) => product(row(batch.images, i).data, axis.data) < 0;
      return { ...batch, images: mirroredWhere(batch.images, isLeft) };
    },
  };
}

/** The direction of the largest second moment of rows `[n, size]`, by power iteration from the longest row. */
async function firstComponent(
  data: Float32Array,
  size: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const rowsOf = Array.from(
    { length: data.length / size },
    (_, i) => data.subarray(i * size, (i + 1) * size),
  );
  let axis = unit(rowsOf.reduce((a, b) => product(b, b) > product(a, a) ? b : a));
  for (let pass = 0; pass < PASSES; pass++) {
    await breathe(signal);
    const sum = new Float32Array(size);
    for (const row of rowsOf) {
      const share = product(row, axis);
      for (let j = 0; j < size; j++) sum[j] += share * row[j];
    }
    const next = unit(sum);
    const turned = 1 - Math.abs(product(next, axis));
    axis = next;
    if (turned < SETTLED) break;
  }
  const largest = axis.reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a, 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(product(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector.slice();
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
