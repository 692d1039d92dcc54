/** GroupNorm and its gradient in PyTorch. */

import { sizeOf } from "../../tensor.ts";
import { briefly, type Job, type Kernel, reshaped } from "./job.ts";

/**
 * How PyTorch is told about a GroupNorm. It knows factors of all images alone; where each image has its own, all images are one with
 * n·c channels in n·g groups.
 */
function layout({ inputs: [x], attributes: { groups = 1 } }: Job, factor: readonly number[]) {
  const [n, c, ...space] = x;
  const positions = sizeOf(space);
  const own = factor[0] > 1;
  const [images, channels, cuts] = own ? [1, n * c, n * groups] : [n, c, groups];
  return { images, channels, positions, cuts, rows: [images, channels, positions] };
}

/** Writes `y = v·f + t` with the normalized v, and μ and 1/σ, which only the gradient reads, in PyTorch's own layout. */
export const groupNorm: Kernel = (job, [x, factor, term]) => {
  const { torch, inputs: [shape, factors], attributes: { epsilon = 0 } } = job;
  const { images, channels, positions, cuts, rows } = layout(job, factors);
  return briefly(torch, (keep) => {
    const [image, gain, shift] = [
      keep(reshaped(torch, x, rows)),
      keep(reshaped(torch, factor, [channels])),
      keep(reshaped(torch, term, [channels])),
    ];
    const [y, mean, inverse] = torch.call("native_group_norm", [
      torch.tensor(image),
      torch.optional(gain),
      torch.optional(shift),
      ...[images, channels, positions, cuts].map((length) => torch.integer(length)),
      torch.number(epsilon),
    ], 3);
    return [reshaped(torch, keep(y), shape), mean, inverse];
  });
};

/** Gradients of x, factor and term. */
export const groupNormGradient: Kernel = (job, [g, x, factor, mean, inverse]) => {
  const { torch, inputs: [shape, , factors], wanted } = job;
  const { images, channels, positions, cuts, rows } = layout(job, factors);
  return briefly(torch, (keep) => {
    const [gradient, image, gain] = [
      keep(reshaped(torch, g, rows)),
      keep(reshaped(torch, x, rows)),
      keep(reshaped(torch, factor, [channels])),
    ];
    const made = torch.call("native_group_norm_backward", [
      ...[gradient, image, mean, inverse].map((value) => torch.tensor(value)),
      torch.optional(gain),
      ...[images, channels, positions, cuts].map((length) => torch.integer(length)),
      torch.integers(wanted),
    ], 3);
    const shapes = [shape, factors, factors];
    return made.map((value, i) => wanted[i] ? reshaped(torch, keep(value), shapes[i]) : value);
  });
};
