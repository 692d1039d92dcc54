/** The pullbacks: for each op, how a gradient of its output becomes gradients of its inputs. */

import {
  averagePool,
  concat,
  conv,
  convTranspose,
  cos,
  div,
  exp,
  expand,
  flip,
  matmul,
  mul,
  neg,
  type Node,
  pad,
  reduceSum,
  reshape,
  sin,
  slice,
  split,
  sub,
  transpose,
  upsample,
  type Value,
} from "./graph.ts";
import { type Op, type Pads, sidesOf } from "./ops.ts";

/** Gradients of a node's inputs, given one of its outputs' (undefined where nothing depends on an output). */
export type Pullback = (
  node: Node,
  gradients: readonly (Value | undefined)[],
  wanted: readonly boolean[],
) => (Value | undefined)[];

/** A rule of an op with one output and no need to know which inputs matter: `(gradient, inputs, output, node)`. */
function rule(
  pull: (g: Value, inputs: readonly Value[], output: Value, node: Node) => (Value | undefined)[],
): Pullback {
  return (node, gradients) => pull(gradients[0]!, node.inputs, node.outputs[0], node);
}

/** Gradients that are one op each are for training, which takes them once. */
function notTwice(op: Op): Pullback {
  return () => {
    throw new TypeError(`Cannot differentiate the gradient of ${op}`);
  };
}

/** Sums a gradient over the axes along which its input was broadcast. */
function unbroadcast(g: Value, like: Value): Value {
  const extra = g.shape.length - like.shape.length;
  const axes = g.shape.map((_, axis) => axis)
    .filter((axis) => axis < extra || (like.shape[axis - extra] === 1 && g.shape[axis] !== 1));
  return reshape(sumOver(g, axes), like.shape);
}

/** Sums over axes, trailing ones first: onnxruntime is slow when kept axes lie between. */
function sumOver(g: Value, axes: readonly number[]): Value {
  if (!axes.length) return g;
  const trailing = axes.filter((axis) => g.shape.length - axis <= axes.length && axis > 0);
  if (trailing.length && trailing.length < axes.length) {
    return reduceSum(
      reduceSum(g, trailing, true),
      axes.filter((axis) => !trailing.includes(axis)),
      true,
    );
  }
  return reduceSum(g, axes, true);
}

/** One row for each op. */
export const PULLBACKS: Record<Op, Pullback> = {
  Add: rule((g, [a, b]) => [unbroadcast(g, a), unbroadcast(g, b)]),
  Sub: rule((g, [a, b]) => [unbroadcast(g, a), unbroadcast(neg(g), b)]),
  Mul: (node, [g], wanted) => {
    const [a, b] = node.inputs;
    return [
      wanted[0] ? unbroadcast(mul(g!, b), a) : undefined,
      wanted[1] ? unbroadcast(mul(g!, a), b) : undefined,
    ];
  },
  Div: rule((g, [a, b], y) => [
    unbroadcast(div(g, b), a),
    unbroadcast(neg(div(mul(g, y), b)), b),
  ]),
  Neg: rule((g) => [neg(g)]),
  Exp: rule((g, _, y) => [mul(g, y)]),
  Log: rule((g, [x]) => [div(g, x)]),
  Sqrt: rule((g, _, y) => [div(mul(g, 0.5), y)]),
  Sin: rule((g, [x]) => [mul(g, cos(x))]),
  Cos: rule((g, [x]) => [neg(mul(g, sin(x)))]),
  Sigmoid: rule((g, _, y) => [mul(g, mul(y, sub(1, y)))]),
  Silu: rule((g, [x], y) => x.graph.apply("SiluGradient", [g, x, y])),
  SiluGradient: notTwice("Silu"),
  Clip: rule(() => {
    throw new TypeError("Cannot differentiate Clip: it is for samplers, not for training");
  }),
  Softmax: rule((g, _, y) => {
    const gy = mul(g, y);
    return [sub(gy, mul(y, reduceSum(gy, [y.shape.length - 1], true)))];
  }),
  GroupNorm: ({ inputs: [x, factor, term], outputs: [, v, inverse], attributes }, [g]) => {
    const inputs = [g!, v, factor, inverse];
    const [dx, df, dt] = x.graph.apply("GroupNormGradient", inputs, attributes);
    return [dx, unbroadcast(df, factor), unbroadcast(dt, term)];
  },
  GroupNormGradient: notTwice("GroupNorm"),
  // y = x − ln Σeˣ: dx = g − eʸ·Σg
  LogSoftmax: rule((g, _, y) => [
    sub(g, mul(exp(y), reduceSum(g, [y.shape.length - 1], true))),
  ]),
  MatMul: (node, [g], wanted) => {
    const [a, b] = node.inputs;
    const { transA = false, transB = false } = node.attributes;
    return [
      wanted[0]
        ? unbroadcast(transA ? matmul(b, g!, transB, true) : matmul(g!, b, false, !transB), a)
        : undefined,
      wanted[1]
        ? unbroadcast(transB ? matmul(g!, a, true, transA) : matmul(a, g!, !transA, false), b)
        : undefined,
    ];
  },
  ReduceSum: rule((g, [x], _, { attributes }) => [
    expand(reshape(g, keptShape(x, attributes.axes!)), x.shape),
  ]),
  ReduceMean: rule((g, [x], _, { attributes }) => {
    const count = attributes.axes!.reduce((n, axis) => n * x.shape[axis], 1);
    return [expand(reshape(mul(g, 1 / count), keptShape(x, attributes.axes!)), x.shape)];
  }),
  Reshape: rule((g, [x]) => [reshape(g, x.shape)]),
  Transpose: rule((g, [x], _, { attributes }) => [
    transpose(g, x.shape.map((_, axis) => attributes.permutation!.indexOf(axis))),
  ]),
  Slice: rule((g, [x], _, { attributes: { axis = 0, start = 0, end = 0 } }) => {
    const none = x.shape.map(() => 0);
    return [pad(g, none.with(axis, start), none.with(axis, x.shape[axis] - end))];
  }),
  Flip: rule((g, _, __, { attributes }) => [flip(g, attributes.axes!)]),
  Concat: rule((g, inputs, _, { attributes: { axis = 0 } }) =>
    split(g, axis, inputs.map((part) => part.shape[axis]))
  ),
  Split: (node, gradients) => [
    concat(
      gradients.map((g, i) => g ?? expand(node.inputs[0].graph.scalar(0), node.outputs[i].shape)),
      node.attributes.axis!,
    ),
  ],
  Pad: rule((g, [x], _, { attributes }) => [
    x.shape.reduce((out, length, axis) => {
      const start = attributes.before![axis];
      return length === out.shape[axis] ? out : slice(out, axis, start, start + length);
    }, g),
  ]),
  Expand: rule((g, [x]) => [unbroadcast(g, x)]),
  Conv: (node, [g], wanted) => {
    const [x, w, b] = node.inputs;
    const { pads, stride = 1 } = node.attributes;
    return [
      wanted[0] ? convInputGradient(g!, x, w, pads, stride) : undefined,
      wanted[1] ? convWeightGradient(g!, x, w, pads, stride) : undefined,
      b && wanted[2] ? reduceSum(reduceSum(g!, [2, 3]), [0]) : undefined,
    ];
  },
  ConvTranspose: (node, [g], wanted) => {
    const [x, w] = node.inputs;
    const { pads, stride = 1 } = node.attributes;
    return [
      wanted[0] ? conv(g!, w, undefined, { pads, stride }) : undefined,
      wanted[1] ? convWeightGradient(x, g!, w, pads, stride) : undefined,
    ];
  },
  Upsample: rule((g) => [mul(averagePool(g), 4)]),
  AveragePool: rule((g) => [mul(upsample(g), 0.25)]),
};

function keptShape(x: Value, axes: readonly number[]): number[] {
  return x.shape.map((length, axis) => axes.includes(axis) ? 1 : length);
}

/** ∂L/∂x of a convolution is its adjoint. */
function convInputGradient(
  g: Value,
  x: Value,
  w: Value,
  pads: Pads | undefined,
  stride: number,
): Value {
  const [top, , bottom] = sidesOf(pads);
  const full = (g.shape[2] - 1) * stride - top - bottom + w.shape[2];
  return convTranspose(g, w, { pads, stride, outputPadding: x.shape[2] - full });
}

/** ∂L/∂w of a convolution, as matrix products over the image positions: onnxruntime's own, with swapped axes, is slow. */
function convWeightGradient(
  g: Value,
  x: Value,
  w: Value,
  pads: Pads | undefined,
  stride: number,
): Value {
  const dense = stride === 1 && w.shape[2] > 1;
  return dense ? shiftedWeightGradient(g, x, w, pads) : tapWeightGradient(g, x, w, pads, stride);
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
function shiftedWeightGradient(g: Value, x: Value, w: Value, pads: Pads | undefined): Value {
  const [o, c, k] = w.shape;
  const [n] = x.shape;
  const [top, left, bottom, right] = sidesOf(pads);
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
function tapWeightGradient(
  g: Value,
  x: Value,
  w: Value,
  pads: Pads | undefined,
  stride: number,
): Value {
  const [n, o, h, width] = g.shape;
  const [, c, k] = w.shape;
  const [top, left, bottom, right] = sidesOf(pads);
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
  if (k === 1) return reshape(products[0], w.shape);
  const stacked = concat(products.map((product) => reshape(product, [1, o * c])), 0);
  return reshape(transpose(stacked, [1, 0]), w.shape);
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
