/** What each op of a graph is in PyTorch. */

import type { Op } from "../ops.ts";
import { adamUpdate } from "./adam.ts";
import { conv, convGradient, convTranspose, convWeightGradient } from "./convolution.ts";
import { groupNorm, groupNormGradient } from "./group_norm.ts";
import { briefly, expanded, type Job, type Kernel, reshaped } from "./job.ts";
import { doubled, halved } from "./resampling.ts";
import { type Handle, NONE, stridesOf, type Torch } from "./torch.ts";
import { upsampledConv, upsampledConvGradient } from "./upsampled_convolution.ts";

/** An elementwise op of one tensor. */
function unary(op: string): Kernel {
  return ({ torch }, [x]) => torch.call(op, [torch.tensor(x)]);
}

/** An elementwise op of two tensors. */
function binary(op: string): Kernel {
  return ({ torch }, [a, b]) => torch.call(op, [torch.tensor(a), torch.tensor(b)]);
}

/** An op of one tensor and a list of whole numbers. */
function withList(op: string, listOf: (job: Job) => readonly number[]): Kernel {
  return (job, [x]) => {
    const { torch } = job;
    return torch.call(op, [torch.tensor(x), torch.integers(listOf(job))]);
  };
}

/** A sum or mean over axes. */
function reduction(op: string): Kernel {
  return ({ torch, attributes: { axes = [], keepdims = false } }, [x]) =>
    torch.call(op, [
      torch.tensor(x),
      torch.some(torch.integers(axes)),
      torch.integer(keepdims),
      NONE,
    ]);
}

function swapLast(torch: Torch, x: Handle, shape: readonly number[]): Handle {
  const rank = shape.length;
  if (!torch.isContiguous(x)) {
    const axes = [torch.integer(rank - 2), torch.integer(rank - 1)];
    return torch.call("transpose.int", [torch.tensor(x), ...axes])[0];
  }
  const swap = (values: readonly number[]) =>
    values.with(rank - 2, values[rank - 1]).with(rank - 1, values[rank - 2]);
  return torch.seenAs(x, swap(shape), swap(stridesOf(shape)));
}

const matmul: Kernel = ({ torch, inputs, attributes: { transA, transB } }, [a, b]) =>
  briefly(torch, (keep) => {
    const left = transA ? keep(swapLast(torch, a, inputs[0])) : a;
    const right = transB ? keep(swapLast(torch, b, inputs[1])) : b;
    return torch.call("matmul", [torch.tensor(left), torch.tensor(right)]);
  });

const split: Kernel = ({ torch, attributes: { lengths = [], axis = 0 } }, [x]) => {
  const parts = [torch.tensor(x), torch.integers(lengths), torch.integer(axis)];
  return torch.items(torch.call("split_with_sizes", parts)[0], lengths.length);
};

/** The type of the gradient is that of what comes in: the number of float32, or of bfloat16, in PyTorch's own list. */
const softmaxGradient: Kernel = ({ torch, inputs: [g] }, [gradient, y]) =>
  briefly(torch, (keep) => {
    // y · (g − Σ g·y)
    const axis = torch.some(torch.integers([g.length - 1]));
    const gy = keep(torch.call("mul.Tensor", [torch.tensor(gradient), torch.tensor(y)])[0]);
    const sum = keep(
      torch.call("sum.dim_IntList", [torch.tensor(gy), axis, torch.integer(true), NONE])[0],
    );
    const rest = keep(torch.call("mul.Tensor", [torch.tensor(y), torch.tensor(sum)])[0]);
    return [torch.subtract(gy, rest, 1)];
  });

/** One row for each op. */
export const KERNELS: Readonly<Record<Op, Kernel>> = {
  Add: ({ torch }, [a, b]) => [torch.subtract(a, b, -1)],
  Sub: ({ torch }, [a, b]) => [torch.subtract(a, b, 1)],
  Mul: binary("mul.Tensor"),
  Div: binary("div.Tensor"),
  Neg: unary("neg"),
  Exp: unary("exp"),
  Log: unary("log"),
  Sqrt: unary("sqrt"),
  Sin: unary("sin"),
  Cos: unary("cos"),
  Sigmoid: unary("sigmoid"),
  Silu: unary("silu"),
  SiluGradient: binary("silu_backward"),
  Clip: ({ torch, scalar, attributes: { low = -Infinity, high = Infinity } }, [x]) =>
    briefly(torch, (keep) => {
      const above = keep(torch.call("maximum", [torch.tensor(x), torch.tensor(scalar(low))])[0]);
      return torch.call("minimum", [torch.tensor(above), torch.tensor(scalar(high))]);
    }),
  Softmax: ({ torch, inputs: [x] }, [h]) =>
    torch.call("_softmax", [torch.tensor(h), torch.integer(x.length - 1), torch.integer(false)]),
  SoftmaxGradient: softmaxGradient,
  LogSoftmax: ({ torch, inputs: [x] }, [h]) =>
    torch.call("_log_softmax", [
      torch.tensor(h),
      torch.integer(x.length - 1),
      torch.integer(false),
    ]),
  GroupNorm: groupNorm,
  GroupNormGradient: groupNormGradient,
  MatMul: matmul,
  ReduceSum: reduction("sum.dim_IntList"),
  ReduceMean: reduction("mean.dim"),
  Reshape: ({ torch, outputs: [shape] }, [x]) => [reshaped(torch, x, shape)],
  Transpose: withList("permute", ({ attributes }) => attributes.permutation!),
  Slice: ({ torch, attributes: { axis = 0, start = 0, end = 0 } }, [x]) => [
    torch.narrow(x, axis, start, end - start),
  ],
  Flip: withList("flip", ({ attributes }) => attributes.axes!),
  Concat: ({ torch, attributes: { axis = 0 } }, parts) =>
    torch.call("cat", [torch.tensors(parts), torch.integer(axis)]),
  Split: split,
  Pad: ({ torch, attributes: { before = [], after = [] } }, [x]) => [
    torch.pad(x, before.flatMap((length, axis) => [[length, after[axis]]]).reverse().flat()),
  ],
  Expand: ({ torch, outputs: [shape] }, [x]) => [expanded(torch, x, shape)],
  Conv: conv,
  ConvGradient: convGradient,
  ConvTranspose: convTranspose,
  ConvWeightGradient: convWeightGradient,
  UpsampledConv: upsampledConv,
  UpsampledConvGradient: upsampledConvGradient,
  Upsample: ({ torch, inputs: [shape] }, [x]) => [doubled(torch, x, shape)],
  AveragePool: (job, [x]) => [halved(job, x)],
  AdamUpdate: adamUpdate,
};
