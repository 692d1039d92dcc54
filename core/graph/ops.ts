/** The ops: for each, the shapes that it makes. How it is written as ONNX stands in `onnx/nodes.ts`, its pullback in `pullbacks.ts`. */

import { sizeOf } from "../tensor.ts";

/** The names of the ops. A new one needs a row in `OPS`, in `onnx/nodes.ts` and in `pullbacks.ts`; the compiler finds what is missing. */
export type Op =
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Neg"
  | "Exp"
  | "Log"
  | "Sqrt"
  | "Sin"
  | "Cos"
  | "Sigmoid"
  | "Silu"
  | "SiluGradient"
  | "Clip"
  | "Softmax"
  | "SoftmaxGradient"
  | "LogSoftmax"
  | "GroupNorm"
  | "GroupNormGradient"
  | "MatMul"
  | "ReduceSum"
  | "ReduceMean"
  | "Reshape"
  | "Transpose"
  | "Slice"
  | "Flip"
  | "Concat"
  | "Split"
  | "Pad"
  | "Expand"
  | "Conv"
  | "ConvGradient"
  | "ConvTranspose"
  | "ConvWeightGradient"
  | "UpsampledConv"
  | "UpsampledConvGradient"
  | "Upsample"
  | "AveragePool"
  | "AdamUpdate";

/** Zeros around an image: the same number on all sides, or `[top, left, bottom, right]`, of volumes `[front, top, left, back, bottom, right]`. */
export type Pads = number | readonly number[];

/** Pads before and behind each of `axes` axes of space. */
export function sidesOf(
  pads: Pads = 0,
  axes = 2,
): { before: readonly number[]; after: readonly number[] } {
  const sides = typeof pads === "number" ? new Array<number>(2 * axes).fill(pads) : pads;
  return { before: sides.slice(0, axes), after: sides.slice(axes) };
}

/** Attributes of a node; each op reads its own. */
export interface Attributes {
  /** Of reductions and Flip: the axes that are summed up or reversed. */
  readonly axes?: readonly number[];
  /** Of Slice, Concat and Split: the axis along which. */
  readonly axis?: number;
  /** Of reductions: whether the axes stay, with length 1. */
  readonly keepdims?: boolean;
  /** Of Reshape, Expand and ConvWeightGradient: the shape that comes out. */
  readonly shape?: readonly number[];
  /** Of Transpose: output axis i is input axis `permutation[i]`. */
  readonly permutation?: readonly number[];
  /** Of Slice: the first element. */
  readonly start?: number;
  /** Of Slice: the element behind the last. */
  readonly end?: number;
  /** Of Split: the lengths of the parts. */
  readonly lengths?: readonly number[];
  /** Of Pad: zeros before each axis. */
  readonly before?: readonly number[];
  /** Of Pad: zeros behind each axis. */
  readonly after?: readonly number[];
  /** Of convolutions: zeros around the image. */
  readonly pads?: Pads;
  /** Of convolutions: pixels from one place of the kernel to the next; 1 by default. */
  readonly stride?: number;
  /** Of ConvTranspose: rows and columns more on the far sides; 0 by default. */
  readonly outputPadding?: number;
  /** Of MatMul: whether the last two axes of the first factor are swapped. */
  readonly transA?: boolean;
  /** Of MatMul: the same for the second factor. */
  readonly transB?: boolean;
  /** Of Clip: the lower bound. */
  readonly low?: number;
  /** Of Clip: the upper bound. */
  readonly high?: number;
  /** Of GroupNorm: what is added to the variance. */
  readonly epsilon?: number;
  /** Of GroupNorm: into how many groups the channels are cut. */
  readonly groups?: number;
}

type Shape = readonly number[];

interface Rule {
  infer(shapes: readonly Shape[], attributes: Attributes): Shape[];
}

const same: Rule = { infer: ([x]) => [x] };
const elementwise: Rule = { infer: ([a, b]) => [broadcast(a, b)] };

const reduction: Rule = {
  infer: ([x], { axes = [], keepdims }) => {
    axes.forEach((axis) => need(axis >= 0 && axis < x.length, `no axis ${axis}`));
    return [
      keepdims
        ? x.map((length, axis) => axes.includes(axis) ? 1 : length)
        : x.filter((_, axis) => !axes.includes(axis)),
    ];
  },
};

/** Shape rules. */
export const OPS: Readonly<Record<Op, Rule>> = {
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  Neg: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Sin: same,
  Cos: same,
  Sigmoid: same,
  Silu: same,
  SiluGradient: same,
  Clip: same,
  Softmax: same,
  /** Of the gradient and the result. */
  SoftmaxGradient: same,
  LogSoftmax: same,
  GroupNorm: {
    // Further outputs for the pullback: μ and 1/σ of each group.
    infer: ([x, factor, term], { groups = 1 }) => {
      const [n, c] = x;
      need(c % groups === 0, `expected a multiple of ${groups} channels`);
      const fits = (shape: Shape) =>
        shape.length === 2 && (shape[0] === n || shape[0] === 1) && shape[1] === c;
      need(
        fits(factor) && factor.join() === term.join(),
        "expected one factor and one term per channel",
      );
      return [x, [n, groups, 1], [n, groups, 1]];
    },
  },
  /** Of the gradient, x, the factor, μ and 1/σ: gradients of x, factor and term. */
  GroupNormGradient: {
    infer: ([g, , factor]) => [g, factor, factor],
  },
  MatMul: {
    infer: ([a, b], { transA, transB }) => {
      const [m, k] = transA ? a.slice(-2).toReversed() : a.slice(-2);
      const [k2, n] = transB ? b.slice(-2).toReversed() : b.slice(-2);
      need(a.length >= 2 && b.length >= 2 && k === k2, "inner lengths differ");
      return [[...broadcast(a.slice(0, -2), b.slice(0, -2)), m, n]];
    },
  },
  ReduceSum: reduction,
  ReduceMean: reduction,
  Reshape: {
    infer: ([x], { shape = [] }) => {
      need(sizeOf(x) === sizeOf(shape), `cannot become [${shape.join(", ")}]`);
      return [shape];
    },
  },
  Transpose: {
    infer: ([x], { permutation = [] }) => {
      need(
        permutation.length === x.length && new Set(permutation).size === x.length,
        "not a permutation",
      );
      return [permutation.map((axis) => x[axis])];
    },
  },
  Slice: {
    infer: ([x], { axis = 0, start = 0, end = 0 }) => {
      need(start >= 0 && start < end && end <= x[axis], `no range ${start}…${end} on axis ${axis}`);
      return [x.with(axis, end - start)];
    },
  },
  Flip: same,
  Concat: {
    infer: (shapes, { axis = 0 }) => {
      const [first] = shapes;
      const fit = shapes.every((shape) =>
        shape.length === first.length &&
        shape.every((length, i) => i === axis || length === first[i])
      );
      need(fit, `only axis ${axis} may differ`);
      return [first.with(axis, shapes.reduce((sum, shape) => sum + shape[axis], 0))];
    },
  },
  Split: {
    infer: ([x], { axis = 0, lengths = [] }) => {
      need(lengths.reduce((a, b) => a + b, 0) === x[axis], "lengths do not add up");
      return lengths.map((length) => x.with(axis, length));
    },
  },
  Pad: {
    infer: ([x], { before = [], after = [] }) => {
      need(before.length === x.length && after.length === x.length, "one pad for each axis");
      return [x.map((length, i) => length + before[i] + after[i])];
    },
  },
  Expand: {
    infer: ([x], { shape = [] }) => {
      const out = broadcast(x, shape);
      need(out.join() === shape.join(), `cannot become [${shape.join(", ")}]`);
      return [shape];
    },
  },
  Conv: {
    infer: ([x, w, b], { pads, stride = 1 }) => {
      need(isSpatial(x, w) && x[1] === w[1], "channels of image and weight differ");
      need(!b || (b.length === 1 && b[0] === w[0]), "bias does not fit");
      need(x.length === 4 || stride === 1, "expected stride 1 for volumes");
      const { before, after } = padsOf(x, pads);
      const space = x.slice(2).map((length, i) =>
        Math.floor((length + before[i] + after[i] - w[2 + i]) / stride) + 1
      );
      return [[x[0], w[0], ...space]];
    },
  },
  /** Of the gradient, the image and the weight: gradients of image, weight and bias. */
  ConvGradient: { infer: ([, x, w]) => [x, w, [w[0]]] },
  ConvTranspose: {
    infer: ([x, w], { pads, stride = 1, outputPadding = 0 }) => {
      need(isSpatial(x, w) && x[1] === w[0], "channels of image and weight differ");
      need(
        x.length === 4 || (stride === 1 && outputPadding === 0),
        "expected stride 1 for volumes",
      );
      const { before, after } = padsOf(x, pads);
      const space = x.slice(2).map((length, i) =>
        (length - 1) * stride + w[2 + i] + outputPadding - before[i] - after[i]
      );
      return [[x[0], w[1], ...space]];
    },
  },
  /** Of the gradient of a convolution and its image. */
  ConvWeightGradient: {
    infer: ([g, x], { shape = [] }) => {
      need(
        isSpatial(g, x) && g[0] === x[0] && shape[0] === g[1] && shape[1] === x[1],
        `cannot give a weight [${shape.join(", ")}]`,
      );
      return [shape];
    },
  },
  /** A convolution with three taps along each axis, and padding, of the doubled image. */
  UpsampledConv: {
    infer: ([x, w, b]) => {
      need(
        isSpatial(x, w) && x[1] === w[1] && w.slice(2).every((taps) => taps === 3),
        "expected a weight of three taps along each axis for the channels",
      );
      need(b.length === 1 && b[0] === w[0], "bias does not fit");
      return [[x[0], w[0], ...x.slice(2).map((length) => 2 * length)]];
    },
  },
  /** As ConvGradient. */
  UpsampledConvGradient: { infer: ([, x, w]) => [x, w, [w[0]]] },
  Upsample: {
    infer: ([x]) => {
      need(isSpatial(x), "expected images or volumes");
      return [[x[0], x[1], ...x.slice(2).map((length) => 2 * length)]];
    },
  },
  AveragePool: {
    infer: ([x]) => {
      need(isSpatial(x), "expected images or volumes");
      need(x.slice(2).every((length) => length % 2 === 0), "height and width must be even");
      return [[x[0], x[1], ...x.slice(2).map((length) => length / 2)]];
    },
  },
  /**
   * Of weights, first and second moment, average, gradient and rates (`ADAM_RATES`): the next four, and the gradient's norm before
   * it is clipped.
   */
  AdamUpdate: {
    infer: ([w, m, v, average, g, rates]) => {
      need(
        [m, v, average, g].every((shape) => shape.join() === w.join()),
        "expected equal vectors",
      );
      need(rates[0] === ADAM_RATES.length, `expected ${ADAM_RATES.length} rates`);
      return [w, w, w, w, [1]];
    },
  },
};

/** The numbers that steer AdamUpdate, in this order: the last two follow from the first two, in double precision. */
export const ADAM_RATES = [
  "learningRate",
  "step",
  "weightDecay",
  "averageDecay",
  "maxNorm",
  "stepSize",
  "inverseCorrection",
] as const;

/** Constants of Adam (Kingma & Ba 2015), as PyTorch's defaults. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

function need(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TypeError(message);
}

/** Whether shapes are those of images `[n, c, h, w]`, or of volumes `[n, c, d, h, w]`, all alike. */
function isSpatial(...shapes: Shape[]): boolean {
  const [{ length }] = shapes;
  return (length === 4 || length === 5) && shapes.every((shape) => shape.length === length);
}

function padsOf(x: Shape, pads: Pads | undefined) {
  const axes = x.length - 2;
  need(
    pads === undefined || typeof pads === "number" || pads.length === 2 * axes,
    `expected one pad, or ${2 * axes}`,
  );
  return sidesOf(pads, axes);
}

/** The shape that two shapes broadcast to. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    need(x === y || x === 1 || y === 1, "shapes do not broadcast");
    return Math.max(x, y);
  });
}
