/** What each op of a graph is in PyTorch. */

import { sizeOf } from "../../tensor.ts";
import { type Op, sidesOf } from "../ops.ts";
import { adamUpdate } from "./adam.ts";
import { groupNorm, groupNormGradient } from "./group_norm.ts";
import { briefly, type Job, type Kernel, reshaped } from "./job.ts";
import { type Handle, NONE, stridesOf, type Torch } from "./torch.ts";

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

/** Zeros before and behind each axis of space. */
function padsOf({ attributes: { pads }, inputs: [x] }: Job) {
  return sidesOf(pads, x.length - 2);
}

/** What follows image, weight and bias in PyTorch's convolutions. */
function window(
  torch: Torch,
  stride: number,
  pads: readonly number[],
  transposed = false,
  outputPadding = 0,
) {
  const each = (value: number) => torch.integers(pads.map(() => value));
  return [
    each(stride),
    torch.integers(pads),
    each(1),
    torch.integer(transposed),
    each(outputPadding),
    torch.integer(1),
  ];
}

/** Calls `use` with the image and its pads; zeros that differ from side to side are put around it first. */
function padded<T>(
  job: Job,
  x: Handle,
  use: (x: Handle, pads: readonly number[]) => T,
): T {
  const { torch } = job;
  const { before, after } = padsOf(job);
  if (before.join() === after.join()) return use(x, before);
  // The last axis comes first.
  const sides = before.flatMap((zeros, axis) => [[zeros, after[axis]]]).reverse().flat();
  return briefly(torch, (keep) => use(keep(torch.pad(x, sides)), before.map(() => 0)));
}

function convolve(
  torch: Torch,
  [x, weight, bias]: readonly Handle[],
  rest: readonly bigint[],
): Handle[] {
  return torch.call("convolution", [
    torch.tensor(x),
    torch.tensor(weight),
    torch.optional(bias),
    ...rest,
  ]);
}

/** Gradients of image, weight and bias of a convolution, as far as they are wanted. */
function convolutionGradient(
  torch: Torch,
  [g, x, weight]: readonly Handle[],
  channels: number,
  wanted: readonly boolean[],
  rest: readonly bigint[],
): Handle[] {
  return torch.call("convolution_backward", [
    torch.tensor(g),
    torch.tensor(x),
    torch.tensor(weight),
    wanted[2] ? torch.some(torch.integers([channels])) : NONE,
    ...rest,
    torch.integers(wanted),
  ], 3);
}

const convGradient: Kernel = (job, [g, x, weight]) => {
  const { torch, attributes, inputs: [, image, [channels]], wanted } = job;
  const stride = attributes.stride ?? 1;
  return padded(job, x, (around, pads) => {
    const rest = window(torch, stride, pads);
    const made = convolutionGradient(torch, [g, around, weight], channels, wanted, rest);
    if (around === x || !wanted[0]) return made;
    const inside = cut(torch, made[0], padsOf(job).before, image.slice(2));
    torch.free(made[0]);
    return [inside, made[1], made[2]];
  });
};

/** Of each axis of space `size` elements, from `start` on. */
function cut(torch: Torch, x: Handle, start: readonly number[], size: readonly number[]): Handle {
  return briefly(torch, (keep) => {
    const last = size.length - 1;
    const outer = size.slice(0, last).reduce(
      (part, length, axis) => keep(torch.narrow(part, 2 + axis, start[axis], length)),
      x,
    );
    return torch.narrow(outer, 2 + last, start[last], size[last]);
  });
}

const convTranspose: Kernel = (job, [x, weight]) => {
  const { torch, attributes, outputs: [out] } = job;
  const { stride = 1, outputPadding = 0 } = attributes;
  const { before, after } = padsOf(job);
  const even = before.join() === after.join();
  const rest = window(torch, stride, even ? before : before.map(() => 0), true, outputPadding);
  const made = convolve(torch, [x, weight], rest);
  if (even) return made;
  const inside = cut(torch, made[0], before, out.slice(2));
  torch.free(made[0]);
  return [inside];
};

/** The weight itself plays no part, but for its shape. */
const convWeightGradient: Kernel = (job, [g, x]) => {
  const { torch, attributes: { stride = 1 }, outputs: [shape], inputs: [gradient] } = job;
  return briefly(torch, (keep) => {
    const weight = keep(torch.narrow(keep(reshaped(torch, g, [sizeOf(gradient)])), 0, 0, 1));
    const like = keep(expanded(torch, weight, shape));
    return padded(job, x, (around, pads) => {
      const rest = window(torch, stride, pads);
      const made = convolutionGradient(torch, [g, around, like], 0, [false, true, false], rest);
      torch.free(made[0]);
      torch.free(made[2]);
      return [made[1]];
    });
  });
};

function expanded(torch: Torch, x: Handle, shape: readonly number[]): Handle {
  const size = torch.integers(shape);
  return torch.call("expand", [torch.tensor(x), size, torch.integer(false)])[0];
}

function doubled(torch: Torch, x: Handle, size: readonly number[]): Handle {
  const factors = size.map(() => NONE);
  const op = `upsample_nearest${size.length}d`;
  return torch.call(op, [torch.tensor(x), torch.integers(size), ...factors])[0];
}

const upsampledConvGradient: Kernel = ({ torch, inputs, wanted }, [g, x, weight]) =>
  briefly(torch, (keep) => {
    const [gradient, image, [channels]] = inputs;
    const up = keep(doubled(torch, x, gradient.slice(2)));
    const [, , ...space] = gradient;
    const rest = window(torch, 1, space.map(() => 1));
    const made = convolutionGradient(torch, [g, up, weight], channels, wanted, rest);
    if (!wanted[0]) return made;
    const [dx] = torch.call(`upsample_nearest${space.length}d_backward`, [
      torch.tensor(keep(made[0])),
      torch.integers(space),
      torch.integers(image),
      ...space.map(() => NONE),
    ]);
    return [dx, made[1], made[2]];
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
  Conv: (job, [x, weight, bias]) =>
    padded(job, x, (around, pads) => {
      const rest = window(job.torch, job.attributes.stride ?? 1, pads);
      return convolve(job.torch, [around, weight, bias], rest);
    }),
  ConvGradient: convGradient,
  ConvTranspose: convTranspose,
  ConvWeightGradient: convWeightGradient,
  UpsampledConv: ({ torch, outputs: [out] }, [x, weight, bias]) =>
    briefly(torch, (keep) => {
      const up = keep(doubled(torch, x, out.slice(2)));
      return convolve(torch, [up, weight, bias], window(torch, 1, out.slice(2).map(() => 1)));
    }),
  UpsampledConvGradient: upsampledConvGradient,
  Upsample: ({ torch, outputs: [out] }, [x]) => [doubled(torch, x, out.slice(2))],
  AveragePool: ({ torch, inputs: [[, , ...space]] }, [x]) =>
    torch.call(`avg_pool${space.length}d`, [
      torch.tensor(x),
      torch.integers(space.map(() => 2)),
      torch.integers(space.map(() => 2)),
      torch.integers(space.map(() => 0)),
      torch.integer(false),
      torch.integer(true),
      NONE,
    ]),
  AdamUpdate: adamUpdate,
};
