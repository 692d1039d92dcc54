/** Images with black and white exchanged among others that are not: what is bright in them is dark in most. */

import type { Tensor } from "../tensor.ts";

/** Correlations with the mean below this are those of a negative. */
const NEGATIVE = -0.2;
/** Where more images than this share look like negatives, the images have no common look to be the negative of. */
const MOST = 0.1;

/** An image that looks like a negative. */
export interface Negative {
  /** Its row. */
  readonly place: number;
  /** Of the image with the mean of all, below −0.2. */
  readonly correlation: number;
}

/**
 * Finds negatives among thumbnails `[n, p]`, in gray: images whose correlation with the mean of all thumbnails is well below 0. They
 * need a common look, as all pictures of knees have; where images are everywhere different, none is found.
 *
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { negativesAmong } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = Array.from({ length: 20 }, (_, i) => i === 7 ? [1, 0, 0] : [0, 1, i / 40]);
 * const found = negativesAmong(tensor([20, 3], rows.flat()));
 * assertEquals(found.map(({ place }) => place), [7]);
 * ```
 */
export function negativesAmong(thumbnails: Tensor): Negative[] {
  const [n, p] = thumbnails.shape;
  const rows = Array.from({ length: n }, (_, i) => unit(thumbnails.data, i * p, p));
  const sum = new Float64Array(p);
  for (const row of rows) row.forEach((value, q) => sum[q] += value);
  const mean = unit(sum, 0, p);
  const found = rows.map((row, place) => ({
    place,
    correlation: row.reduce((total, value, q) => total + value * mean[q], 0),
  })).filter(({ correlation }) => correlation < NEGATIVE);
  return found.length > MOST * n ? [] : found;
}

/** Values with mean 0 and length 1; all 0 where they are the same. */
function unit(values: ArrayLike<number>, from: number, length: number): Float64Array {
  const out = Float64Array.from({ length }, (_, q) => values[from + q]);
  const mean = out.reduce((sum, value) => sum + value, 0) / length;
  const size = Math.sqrt(out.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  return out.map((value) => size > 0 ? (value - mean) / size : 0);
}
