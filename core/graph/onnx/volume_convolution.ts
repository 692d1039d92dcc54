/** Convolutions of volumes as convolutions of their slices: onnxruntime's fast kernels know two axes of space. */

import {
  add,
  concat,
  conv,
  flip,
  pad,
  reshape,
  slice,
  split,
  transpose,
  upsampledConv,
  type Value,
} from "../graph.ts";
import { type Pads, sidesOf } from "../ops.ts";

/** Exchanges channels and slices. */
const EXCHANGED = [0, 2, 1, 3, 4];

/** A convolution of `x [n, c, d, h, w]` with `weight [o, c, k, k, k]`, at half the cost of onnxruntime's own. */
export function volumeConvolution(x: Value, weight: Value, bias?: Value, pads?: Pads): Value {
  const { before: [front, ...before], after: [back, ...after] } = sidesOf(pads, 3);
  const { images, taps, volume } = sliced(x, weight, front, back);
  return transpose(
    volume(conv(images, taps, bias, { pads: [...before, ...after] })),
    EXCHANGED,
  );
}

/** The adjoint of {@linkcode volumeConvolution}: a convolution with turned weights whose channels are exchanged. */
export function volumeConvTranspose(x: Value, weight: Value, pads?: Pads): Value {
  const { before, after } = sidesOf(pads, 3);
  const turned = transpose(flip(weight, [2, 3, 4]), [1, 0, 2, 3, 4]);
  const sides = [...before, ...after].map((zeros, i) => weight.shape[2 + i % 3] - 1 - zeros);
  return volumeConvolution(x, turned, undefined, sides);
}

/** The convolution of a doubled volume: of the three taps along the first axis two meet the same slice, as in each slice. */
export function volumeUpsampledConvolution(x: Value, weight: Value, bias: Value): Value {
  const [a, b, c] = split(weight, 2, [1, 1, 1]);
  const even = sliced(x, concat([a, add(b, c)], 2), 1, 0);
  const odd = sliced(x, concat([add(a, b), c], 2), 0, 1);
  const phases = [even, odd].map(({ images, taps, volume }) => {
    const y = volume(upsampledConv(images, taps, bias));
    return reshape(y, [...y.shape.slice(0, 2), 1, ...y.shape.slice(2)]);
  });
  const [n, depth, , ...slices] = phases[0].shape;
  return transpose(reshape(concat(phases, 2), [n, 2 * depth, ...slices]), EXCHANGED);
}

/**
 * A volume as images: each slice with those around it, which a tap along the first axis meets, as further channels. With the weight that
 * fits them, and what makes `[n, d, o, h, w]` of the results.
 */
function sliced(x: Value, weight: Value, front: number, back: number) {
  const [n, , , h, w] = x.shape;
  const [out, c, k, ...plane] = weight.shape;
  const slices = transpose(x, EXCHANGED);
  const around = front + back ? pad(slices, [0, front, 0, 0, 0], [0, back, 0, 0, 0]) : slices;
  const depth = around.shape[1] - k + 1;
  const seen = Array.from(
    { length: k },
    (_, i) => k === 1 ? around : slice(around, 1, i, i + depth),
  );
  return {
    images: reshape(concat(seen, 2), [n * depth, k * c, h, w]),
    taps: reshape(transpose(weight, EXCHANGED), [out, k * c, ...plane]),
    volume: (y: Value) => reshape(y, [n, depth, ...y.shape.slice(1)]),
  };
}
