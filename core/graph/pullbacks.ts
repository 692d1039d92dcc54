/** The pullbacks: for each op, how a gradient of its output becomes gradients of its inputs. */

import {
  averagePool,
  concat,
  conv,
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
import type { Op } from "./ops.ts";

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
  return reshape(axes.length ? reduceSum(g, axes, extra === 0) : g, like.shape);
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
  Softmax: rule((g, _, y) => y.graph.apply("SoftmaxGradient", [g, y])),
  SoftmaxGradient: notTwice("Softmax"),
  GroupNorm: ({ inputs: [x, factor], outputs: [, mean, inverse], attributes }, [g]) => {
    const inputs = [g!, x, factor, mean, inverse];
    return x.graph.apply("GroupNormGradient", inputs, attributes);
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
  Conv: rule((g, [x, w], _, { attributes }) =>
    x.graph.apply("ConvGradient", [g, x, w], attributes)
  ),
  ConvGradient: notTwice("Conv"),
  ConvTranspose: (node, [g], wanted) => {
    const [x, w] = node.inputs;
    const { pads, stride = 1 } = node.attributes;
    const parts = { pads, stride, shape: w.shape };
    return [
      wanted[0] ? conv(g!, w, undefined, { pads, stride }) : undefined,
      wanted[1] ? x.graph.apply("ConvWeightGradient", [x, g!], parts)[0] : undefined,
    ];
  },
  ConvWeightGradient: notTwice("Conv"),
  UpsampledConv: rule((g, [x, w]) => x.graph.apply("UpsampledConvGradient", [g, x, w])),
  UpsampledConvGradient: notTwice("UpsampledConv"),
  Upsample: rule((g) => [mul(averagePool(g), 2 ** (g.shape.length - 2))]),
  AveragePool: rule((g) => [upsample(mul(g, 0.5 ** (g.shape.length - 2)))]),
  AdamUpdate: rule(() => {
    throw new TypeError("Cannot differentiate AdamUpdate: it is the end of a step");
  }),
};

function keptShape(x: Value, axes: readonly number[]): number[] {
  return x.shape.map((length, axis) => axes.includes(axis) ? 1 : length);
}
