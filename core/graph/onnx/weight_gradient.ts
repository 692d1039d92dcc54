/** The weight gradient of a convolution as matrix products over the image positions: onnxruntime's own, with swapped axes, is slow. */

import {
  concat,
  expand,
  matmul,
  pad,
  reduceSum,
  reshape,
  slice,
  transpose,
  type Value,
} from "../graph.ts";
import { type Attributes, type Pads, sidesOf } from "../ops.ts";

/** `∂w [o, c, k, k]` of a convolution of `x [n, c, h, w]` with the gradient `g [n, o, h', w']` of its result. */
export function weightGradient(
  g: Value,
  x: Value,
  { shape = [], pads, stride = 1 }: Attributes,
): Value {
  const [, , k] = shape;
  const dense = stride === 1 && k > 1;
  return dense ? shiftedGradient(g, x, k, pads) : tapGradient(g, x, k, pads, stride);
}

/**
 * The weight gradient for stride 1, as one product. Rows of the image stand one after the other in rows of length s, with
 * so many zeros between them, and between images, that a tap is a shift in the row of all positions q of all images:
 *
 *     ∂w[o, c, i, j] = Σ_q g[o, q] · x[c, q + (i − top)·s + (j − left)] = Σ_m G[o, i, m] · X[c, j, m]
 *     G[o, i, m] = g[o, m − i·s],  X[c, j, m] = x[c, m + (j − left) − top·s]
 *
 * k shifted copies of each side make all k² taps. Shifted copies cost one Concat: a row repeated with a period one shorter
 * than the matrix is wide moves on by one from line to line.
 */
function shiftedGradient(g: Value, x: Value, k: number, pads: Pads | undefined): Value {
  const [n, c] = x.shape;
  const [, o] = g.shape;
  const { before: [top, left], after: [bottom, right] } = sidesOf(pads);
  const high = Math.max(x.shape[2] + Math.max(top, bottom), g.shape[2]);
  const s = Math.max(x.shape[3] + Math.max(left, right), g.shape[3]);
  const length = n * high * s;
  const wide = length + (k - 1) * s;
  const flat = (t: Value) => {
    const [, rows, h, width] = t.shape;
    const after = [0, 0, high - h, s - width];
    const padded = pad(transpose(t, [1, 0, 2, 3]), [0, 0, 0, 0], after);
    return reshape(padded, [rows, length]);
  };
  const lines = (t: Value, first: number, period: number) => {
    const [rows] = t.shape;
    const zeros = (count: number) => count ? [expand(t.graph.scalar(0), [rows, count])] : [];
    const between = zeros(period - length);
    const copies = Array.from({ length: k }, (_, i) => i ? [...between, t] : [t]).flat();
    const rest = k * wide - first - (k - 1) * period - length;
    return reshape(concat([...zeros(first), ...copies, ...zeros(rest)], 1), [rows * k, wide]);
  };
  const [rows, columns] = [lines(flat(g), 0, wide + s), lines(flat(x), top * s + left, wide - 1)];
  const all = matmul(rows, columns, false, true);
  return transpose(reshape(all, [o, k, c, k]), [0, 2, 1, 3]);
}

/** The weight gradient for any stride: one product for each tap. */
function tapGradient(
  g: Value,
  x: Value,
  k: number,
  pads: Pads | undefined,
  stride: number,
): Value {
  const [n, o, h, width] = g.shape;
  const [, c] = x.shape;
  const { before: [top, left], after: [bottom, right] } = sidesOf(pads);
  const around = top + left + bottom + right;
  const padded = around ? pad(x, [0, 0, top, left], [0, 0, bottom, right]) : x;
  const rowsOf = (t: Value, axis: number, offset: number, length: number) =>
    stridedSlice(t, axis, offset, length, stride);
  const taps: Value[] = [];
  for (let i = 0; i < k; i++) {
    const band = k === 1 && stride === 1 ? padded : rowsOf(padded, 2, i, h);
    for (let j = 0; j < k; j++) {
      taps.push(k === 1 && stride === 1 ? band : rowsOf(band, 3, j, width));
    }
  }
  const positions = h * width;
  const rows = reshape(g, [n, o, positions]);
  const products = taps.map((tap) =>
    reduceSum(matmul(rows, reshape(tap, [n, c, positions]), false, true), [0])
  );
  if (k === 1) return reshape(products[0], [o, c, k, k]);
  const stacked = concat(products.map((product) => reshape(product, [1, o * c])), 0);
  return reshape(transpose(stacked, [1, 0]), [o, c, k, k]);
}

/** Every `stride`-th element of an axis, `length` of them from `start`. */
function stridedSlice(
  x: Value,
  axis: number,
  start: number,
  length: number,
  stride: number,
): Value {
  if (stride === 1) return slice(x, axis, start, start + length);
  // Padding to a multiple of the stride turns the strided slice into a reshape and a plain slice.
  const missing = Math.max(0, start + length * stride - x.shape[axis]);
  const none = x.shape.map(() => 0);
  const full = missing ? pad(x, none, none.with(axis, missing)) : x;
  const cut = slice(full, axis, start, start + length * stride);
  const shape = [...x.shape.slice(0, axis), length, stride, ...x.shape.slice(axis + 1)];
  const first = slice(reshape(cut, shape), axis + 1, 0, 1);
  return reshape(first, x.shape.with(axis, length));
}
