/** The 3 × 3 convolution of an image that is doubled by repeating pixels, at the small size. */

import { add, concat, conv, reshape, split, transpose, type Value } from "../graph.ts";

/**
 * Of the nine taps of a doubled pixel some meet the same pixel, so each of the four pixels made from one needs four taps, with sums
 * of the weights: 4/9 of the work.
 */
export function upsampledConvolution(x: Value, weight: Value, bias: Value): Value {
  const [n, , h, w] = x.shape;
  const [out] = weight.shape;
  // Along one axis: the even pixel meets its left neighbor once and itself twice, the odd one itself twice and the right.
  const halves = (taps: Value, axis: number) => {
    const [a, b, c] = split(taps, axis, [1, 1, 1]);
    return [concat([a, add(b, c)], axis), concat([add(a, b), c], axis)];
  };
  const phases = halves(weight, 2).map((rows, i) =>
    halves(rows, 3).map((taps, j) => conv(x, taps, bias, { pads: [1 - i, 1 - j, i, j] }))
  );
  // Two transpositions of kinds that onnxruntime has fast kernels for: pixels between pixels, then rows between rows.
  const rows = phases.map((pair) => {
    const flat = pair.map((phase) => reshape(phase, [n, 1, out * h * w]));
    return reshape(transpose(concat(flat, 1), [0, 2, 1]), [n, out * h, 1, 2 * w]);
  });
  return reshape(concat(rows, 2), [n, out, 2 * h, 2 * w]);
}
