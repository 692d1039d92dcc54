/** Convolutions and their gradients in PyTorch. */

import { sizeOf } from "../../tensor.ts";
import { sidesOf } from "../ops.ts";
import { briefly, expanded, type Job, type Kernel, reshaped } from "./job.ts";
import { type Handle, NONE, type Torch } from "./torch.ts";

/** Zeros before and behind each axis of space. */
function padsOf({ attributes: { pads }, inputs: [x] }: Job) {
  return sidesOf(pads, x.length - 2);
}

/** What follows image, weight and bias in PyTorch's convolutions. */
export function window(
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

export function convolve(
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

export const conv: Kernel = (job, [x, weight, bias]) =>
  padded(job, x, (around, pads) => {
    const rest = window(job.torch, job.attributes.stride ?? 1, pads);
    return convolve(job.torch, [around, weight, bias], rest);
  });

/** Gradients of image, weight and bias of a convolution, as far as they are wanted. */
export function convolutionGradient(
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

export const convGradient: Kernel = (job, [g, x, weight]) => {
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

export const convTranspose: Kernel = (job, [x, weight]) => {
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
export const convWeightGradient: Kernel = (job, [g, x]) => {
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
