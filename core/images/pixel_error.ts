/** How far images are from each other, pixel by pixel. */

import { expectShape, type Images, rowSize } from "../tensor.ts";

/** One figure per image from a running mean over its pixels. */
function meanOver(a: Images, b: Images, term: (difference: number) => number): Float64Array {
  expectShape("compare images", b, a.shape);
  const size = rowSize(a);
  return Float64Array.from({ length: a.shape[0] }, (_, i) => {
    let sum = 0;
    for (let k = i * size; k < (i + 1) * size; k++) sum += term(a.data[k] - b.data[k]);
    return sum / size;
  });
}

/** The mean absolute difference `[n]` of images `[n, …]`, in units of intensity (the range is 2). */
export function meanAbsoluteDifference(a: Images, b: Images): Float64Array {
  return meanOver(a, b, Math.abs);
}

/** The mean squared difference `[n]` of images `[n, …]`, in squared units of intensity. */
export function meanSquaredError(a: Images, b: Images): Float64Array {
  return meanOver(a, b, (difference) => difference * difference);
}

/**
 * The peak signal-to-noise ratio `[n]` in dB: 10·log₁₀(range² / MSE); Infinity for equal images.
 *
 * @param range From the lowest to the highest possible intensity.
 */
export function psnr(a: Images, b: Images, range = 2): Float64Array {
  return meanSquaredError(a, b).map((mse) => 10 * Math.log10(range * range / mse));
}
