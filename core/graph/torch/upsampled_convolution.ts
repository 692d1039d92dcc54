/** Convolutions of doubled images and volumes in PyTorch. */

import { sizeOf, type Tensor } from "../../tensor.ts";
import { convolutionGradient, convolve, window } from "./convolution.ts";
import { briefly, type Kernel, reshaped } from "./job.ts";
import { doubled } from "./resampling.ts";
import { type Handle, NONE, stridesOf, type Torch } from "./torch.ts";

/**
 * Along one axis, a weight w of three taps on doubled pixels is a transposed convolution of stride 2 by these sums of w: each pixel x_i
 * adds w₂·x_i to place 2i − 1, (w₁ + w₂)·x_i to 2i, (w₀ + w₁)·x_i to 2i + 1, and w₀·x_i to 2i + 2.
 */
const SUMS = [[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]];

/** `[3^axes, 4^axes]` for images and volumes: 1 where a tap counts for a sum. */
const SPREADS = [2, 3].map((axes): Tensor => {
  const shape = [3 ** axes, 4 ** axes];
  const digit = (value: number, base: number, axis: number) =>
    Math.floor(value / base ** axis) % base;
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, at) => {
    const [tap, sum] = [Math.floor(at / shape[1]), at % shape[1]];
    const counts = (axis: number) => SUMS[digit(sum, 4, axis)][digit(tap, 3, axis)] === 1;
    return Number(Array.from({ length: axes }, (_, axis) => axis).every(counts));
  });
  return { shape, data };
});

/** The spread for a weight, in its type. */
function spreadFor(torch: Torch, weight: Handle, axes: number): Handle {
  return briefly(torch, (keep) => {
    const spread = keep(torch.view(SPREADS[axes - 2]));
    return torch.call("type_as", [torch.tensor(spread), torch.tensor(weight)])[0];
  });
}

/** Weights `[inputs, outputs, 4, …]` seen with the first two axes in the other order, or the other way round. */
function swapped(torch: Torch, x: Handle, [a, b, ...taps]: readonly number[]): Handle {
  const [outer, inner, ...rest] = stridesOf([b, a, ...taps]);
  return torch.seenAs(x, [a, b, ...taps], [inner, outer, ...rest]);
}

/** The weight `[k, c, 3, …]` as that of the transposed convolution, `[c, k, 4, …]`. */
function spreadWeight(torch: Torch, weight: Handle, [k, c, ...taps]: readonly number[]): Handle {
  return briefly(torch, (keep) => {
    const rows = keep(reshaped(torch, weight, [k * c, sizeOf(taps)]));
    const spread = keep(spreadFor(torch, weight, taps.length));
    const [sums] = torch.call("matmul", [torch.tensor(rows), torch.tensor(spread)]);
    return swapped(torch, keep(sums), [c, k, ...taps.map(() => 4)]);
  });
}

/** The gradient of the weight `[k, c, 3, …]` from that of the transposed convolution. */
function gatherGradient(torch: Torch, g: Handle, [k, c, ...taps]: readonly number[]): Handle {
  return briefly(torch, (keep) => {
    const sums = keep(swapped(torch, g, [k, c, 4 ** taps.length]));
    const spread = keep(spreadFor(torch, g, taps.length));
    const gather = keep(torch.call("t", [torch.tensor(spread)])[0]);
    const [rows] = torch.call("matmul", [torch.tensor(sums), torch.tensor(gather)]);
    return reshaped(torch, keep(rows), [k, c, ...taps]);
  });
}

/** What follows the weights: as a transposed convolution on the CPU, where that takes less than half the time. */
function windowOf(torch: Torch, axes: number) {
  const each = (value: number) => Array.from({ length: axes }, () => value);
  return torch.device === "cpu" ? window(torch, 2, each(1), true) : window(torch, 1, each(1));
}

export const upsampledConv: Kernel = ({ torch, inputs: [image, weights] }, [x, weight, bias]) =>
  briefly(torch, (keep) => {
    const rest = windowOf(torch, image.length - 2);
    if (torch.device === "cpu") {
      return convolve(torch, [x, keep(spreadWeight(torch, weight, weights)), bias], rest);
    }
    return convolve(torch, [keep(doubled(torch, x, image)), weight, bias], rest);
  });

export const upsampledConvGradient: Kernel = ({ torch, inputs, wanted }, [g, x, weight]) =>
  briefly(torch, (keep) => {
    const [[, , ...space], image, weights] = inputs;
    const rest = windowOf(torch, space.length);
    if (torch.device === "cpu") {
      const spread = keep(spreadWeight(torch, weight, weights));
      const made = convolutionGradient(torch, [g, x, spread], weights[0], wanted, rest);
      return wanted[1] ? made.with(1, gatherGradient(torch, keep(made[1]), weights)) : made;
    }
    const up = keep(doubled(torch, x, image));
    const made = convolutionGradient(torch, [g, up, weight], weights[0], wanted, rest);
    if (!wanted[0]) return made;
    const [dx] = torch.call(`upsample_nearest${space.length}d_backward`, [
      torch.tensor(keep(made[0])),
      torch.integers(space),
      torch.integers(image),
      ...space.map(() => NONE),
    ]);
    return made.with(0, dx);
  });
