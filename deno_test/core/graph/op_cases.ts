/** Ops on small inputs: what gradients and executors are held to. */

import { Random, sizeOf, type Tensor, tensor } from "@countergrade/countergrade";
import {
  add,
  averagePool,
  concat,
  conv,
  convTranspose,
  cos,
  div,
  exp,
  expand,
  flip,
  groupNorm,
  log,
  logSoftmax,
  matmul,
  mul,
  neg,
  pad,
  reduceMean,
  reduceSum,
  reshape,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  sub,
  transpose,
  upsample,
  upsampledConv,
  type Value,
} from "@countergrade/countergrade/engine";
import type { Op } from "../../../core/graph/ops.ts";

/** Ops that are gradients of others, which are not taken twice. */
type Gradient =
  | "SiluGradient"
  | "SoftmaxGradient"
  | "GroupNormGradient"
  | "ConvGradient"
  | "ConvWeightGradient"
  | "UpsampledConvGradient";

/** An op on inputs of some shapes; inputs are drawn from [0.5, 1.5] so that every op is smooth there. */
export interface Case {
  readonly name: string;
  readonly shapes: readonly number[][];
  readonly build: (...inputs: Value[]) => Value;
}

/** Cases of each op that has a gradient. */
export const CASES: Record<Exclude<Op, "Clip" | "AdamUpdate" | Gradient>, Case[]> = {
  Add: [{ name: "broadcast", shapes: [[2, 3, 4], [3, 1]], build: add }],
  Sub: [{ name: "broadcast", shapes: [[3, 1], [2, 3, 4]], build: sub }],
  Mul: [
    { name: "broadcast", shapes: [[2, 3, 4, 4], [2, 3, 1, 1]], build: mul },
    { name: "with itself", shapes: [[5]], build: (x) => mul(x, x) },
  ],
  Div: [{ name: "broadcast", shapes: [[2, 3], [3]], build: div }],
  Neg: [{ name: "plain", shapes: [[4]], build: neg }],
  Exp: [{ name: "plain", shapes: [[4]], build: exp }],
  Log: [{ name: "plain", shapes: [[4]], build: log }],
  Sqrt: [{ name: "plain", shapes: [[4]], build: sqrt }],
  Sin: [{ name: "plain", shapes: [[4]], build: sin }],
  Cos: [{ name: "plain", shapes: [[4]], build: cos }],
  Sigmoid: [{ name: "plain", shapes: [[4]], build: sigmoid }],
  Silu: [{ name: "plain", shapes: [[2, 3]], build: silu }],
  Softmax: [{ name: "last axis", shapes: [[2, 3, 5]], build: softmax }],
  GroupNorm: [
    {
      name: "factors of each image",
      shapes: [[2, 6, 2, 2], [2, 6], [2, 6]],
      build: (x, factor, term) => groupNorm(x, factor, term, 3, 1e-5),
    },
    {
      name: "factors of all images",
      shapes: [[2, 4, 3], [1, 4], [1, 4]],
      build: (x, factor, term) => groupNorm(x, factor, term, 2, 1e-5),
    },
  ],
  LogSoftmax: [{ name: "last axis", shapes: [[2, 3, 5]], build: logSoftmax }],
  MatMul: [
    { name: "plain", shapes: [[3, 4], [4, 2]], build: (a, b) => matmul(a, b) },
    { name: "Aᵀ", shapes: [[4, 3], [4, 2]], build: (a, b) => matmul(a, b, true) },
    { name: "Bᵀ", shapes: [[3, 4], [2, 4]], build: (a, b) => matmul(a, b, false, true) },
    { name: "AᵀBᵀ", shapes: [[4, 3], [2, 4]], build: (a, b) => matmul(a, b, true, true) },
    { name: "batched", shapes: [[5, 3, 4], [5, 2, 4]], build: (a, b) => matmul(a, b, false, true) },
    { name: "batch against one", shapes: [[5, 3, 4], [4, 2]], build: (a, b) => matmul(a, b) },
  ],
  ReduceSum: [
    { name: "inner axes", shapes: [[2, 3, 4]], build: (x) => reduceSum(x, [0, 2]) },
    { name: "kept", shapes: [[2, 3, 4]], build: (x) => reduceSum(x, [1], true) },
  ],
  ReduceMean: [{
    name: "two axes",
    shapes: [[2, 3, 4]],
    build: (x) => reduceMean(x, [1, 2], true),
  }],
  Reshape: [{ name: "flat", shapes: [[2, 3]], build: (x) => reshape(x, [6]) }],
  Transpose: [{ name: "three axes", shapes: [[2, 3, 4]], build: (x) => transpose(x, [2, 0, 1]) }],
  Slice: [{ name: "middle", shapes: [[2, 5]], build: (x) => slice(x, 1, 1, 4) }],
  Flip: [{ name: "two axes", shapes: [[2, 3, 4]], build: (x) => flip(x, [1, 2]) }],
  Concat: [{ name: "axis 1", shapes: [[2, 3], [2, 1]], build: (a, b) => concat([a, b], 1) }],
  Split: [
    { name: "both parts", shapes: [[2, 5]], build: (x) => mul(split(x, 1, [2, 3])[1], 2) },
    {
      name: "one part twice",
      shapes: [[2, 4]],
      build: (x) => ((parts) => mul(parts[0], parts[1]))(split(x, 1, [2, 2])),
    },
  ],
  Pad: [{ name: "two axes", shapes: [[2, 3]], build: (x) => pad(x, [0, 1], [1, 2]) }],
  Expand: [{ name: "new and old axis", shapes: [[3, 1]], build: (x) => expand(x, [2, 3, 4]) }],
  Conv: [
    { name: "1×1", shapes: [[2, 3, 4, 4], [5, 3, 1, 1], [5]], build: (x, w, b) => conv(x, w, b) },
    {
      name: "3×3",
      shapes: [[2, 3, 5, 5], [4, 3, 3, 3], [4]],
      build: (x, w, b) => conv(x, w, b, { pads: 1 }),
    },
    {
      name: "3×3, large enough for flipped weights, wider than high",
      shapes: [[2, 2, 8, 9], [3, 2, 3, 3]],
      build: (x, w) => conv(x, w, undefined, { pads: 1 }),
    },
    {
      name: "5×5",
      shapes: [[2, 2, 3, 4], [3, 2, 5, 5]],
      build: (x, w) => conv(x, w, undefined, { pads: 2 }),
    },
    {
      // Zeros around: the CPU's blocked kernels take 16 channels at most, and 3 of the 32 outputs lie across a boundary.
      name: "3×3, channels in blocks",
      shapes: [[2, 2, 3, 4], [3, 2, 3, 3], [32]],
      build: (x, w, b) =>
        conv(
          pad(x, [0, 5, 0, 0], [0, 9, 0, 0]),
          pad(w, [15, 5, 0, 0], [14, 9, 0, 0]),
          b,
          { pads: 1 },
        ),
    },
    {
      name: "3×3 without padding",
      shapes: [[2, 2, 4, 5], [3, 2, 3, 3]],
      build: (x, w) => conv(x, w),
    },
    {
      name: "2×2, another pad on each side",
      shapes: [[2, 2, 3, 4], [3, 2, 2, 2]],
      build: (x, w) => conv(x, w, undefined, { pads: [1, 0, 0, 1] }),
    },
    {
      name: "2×2, large, another pad on each side",
      shapes: [[1, 1, 9, 8], [1, 1, 2, 2]],
      build: (x, w) => conv(x, w, undefined, { pads: [1, 0, 0, 1] }),
    },
    {
      name: "2×2, more padding than the kernel needs",
      shapes: [[1, 2, 3, 2], [2, 2, 2, 2]],
      build: (x, w) => conv(x, w, undefined, { pads: 1 }),
    },
    {
      name: "3×3 stride 2, even",
      shapes: [[2, 2, 6, 6], [3, 2, 3, 3]],
      build: (x, w) => conv(x, w, undefined, { pads: 1, stride: 2 }),
    },
    {
      name: "3×3 stride 2, odd",
      shapes: [[1, 2, 7, 7], [3, 2, 3, 3]],
      build: (x, w) => conv(x, w, undefined, { pads: 1, stride: 2 }),
    },
    {
      name: "volumes, 1×1×1",
      shapes: [[2, 2, 2, 3, 2], [3, 2, 1, 1, 1], [3]],
      build: (x, w, b) => conv(x, w, b),
    },
    {
      name: "volumes, 3×3×3",
      shapes: [[2, 2, 2, 3, 4], [2, 2, 3, 3, 3], [2]],
      build: (x, w, b) => conv(x, w, b, { pads: 1 }),
    },
    {
      name: "volumes, another pad on each side",
      shapes: [[1, 2, 3, 2, 4], [2, 2, 2, 2, 2]],
      build: (x, w) => conv(x, w, undefined, { pads: [1, 1, 0, 0, 0, 1] }),
    },
  ],
  ConvTranspose: [
    {
      name: "stride 1",
      shapes: [[2, 3, 4, 4], [3, 2, 3, 3]],
      build: (x, w) => convTranspose(x, w, { pads: 1 }),
    },
    {
      name: "stride 2",
      shapes: [[1, 3, 3, 3], [3, 2, 3, 3]],
      build: (x, w) => convTranspose(x, w, { pads: 1, stride: 2, outputPadding: 1 }),
    },
    {
      name: "volumes, another pad on each side",
      shapes: [[1, 2, 3, 2, 3], [2, 2, 2, 2, 2]],
      build: (x, w) => convTranspose(x, w, { pads: [1, 0, 0, 0, 1, 1] }),
    },
  ],
  UpsampledConv: [
    {
      name: "wider than high",
      shapes: [[2, 3, 3, 4], [2, 3, 3, 3], [2]],
      build: upsampledConv,
    },
    {
      name: "volumes",
      shapes: [[2, 1, 2, 3, 4], [2, 1, 3, 3, 3], [2]],
      build: upsampledConv,
    },
  ],
  Upsample: [
    { name: "×2", shapes: [[1, 2, 3, 3]], build: upsample },
    { name: "volumes", shapes: [[1, 2, 2, 1, 3]], build: upsample },
  ],
  AveragePool: [
    { name: "÷2", shapes: [[1, 2, 4, 4]], build: averagePool },
    { name: "volumes", shapes: [[2, 1, 2, 4, 6]], build: averagePool },
  ],
};

/** Numbers in [0.5, 1.5]. */
export function smooth(shape: number[], random: Random): Tensor {
  return tensor(shape, Array.from({ length: sizeOf(shape) }, () => 0.5 + random.uniform()));
}
