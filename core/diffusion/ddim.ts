/** DDIM (Song et al., ICLR 2021) in both directions, with the conventions of the PyTorch reference. */

import type { Tensor } from "../tensor.ts";
import { clamp, type Denoiser, type WalkOptions } from "./sampler.ts";
import type { Schedule } from "./schedule.ts";

/**
 * The times that a walk of n steps visits: 0, s, 2s, … with the smallest whole stride s that gives n of them, as in the
 * reference. For an n that no stride gives (the reference refuses it) they are spread evenly.
 */
export function ddimTimes(schedule: Schedule, steps: number): number[] {
  const stride = Math.ceil(schedule.steps / steps);
  const isExact = Math.ceil(schedule.steps / stride) === steps;
  const spacing = isExact ? stride : schedule.steps / steps;
  return Array.from({ length: steps }, (_, i) => Math.floor(i * spacing));
}

/** Noise `x_T` to images: each step goes to the ᾱ of the time before, the last to ᾱ = 1. */
export function ddimRender(
  denoise: Denoiser,
  xT: Tensor,
  schedule: Schedule,
  steps: number,
  options?: WalkOptions,
): Promise<Tensor> {
  const times = ddimTimes(schedule, steps);
  const targets = [1, ...times.slice(0, -1).map((t) => schedule.alphaBar(t))];
  return walk(denoise, xT, schedule, times.toReversed(), targets.toReversed(), options);
}

/** Images to noise `x_T`: each step goes to the ᾱ of the time after, the last to ᾱ = 0. */
export function ddimInvert(
  denoise: Denoiser,
  x: Tensor,
  schedule: Schedule,
  steps: number,
  options?: WalkOptions,
): Promise<Tensor> {
  const times = ddimTimes(schedule, steps);
  const targets = [...times.slice(1).map((t) => schedule.alphaBar(t)), 0];
  return walk(denoise, x, schedule, times, targets, options);
}

/** x' = √ᾱ'·x₀ + √(1 − ᾱ')·ε with ε = (x − √ᾱ·x₀)/√(1 − ᾱ) (eq. 12 with σ = 0), x₀ clamped. */
async function walk(
  denoise: Denoiser,
  start: Tensor,
  schedule: Schedule,
  times: readonly number[],
  targets: readonly number[],
  { signal, onStep }: WalkOptions = {},
): Promise<Tensor> {
  let x = start;
  for (const [i, t] of times.entries()) {
    signal?.throwIfAborted();
    const abar = schedule.alphaBar(t);
    const x0 = clamp(await denoise(x, t));
    const [a, s] = [Math.sqrt(abar), Math.sqrt(1 - abar)];
    const [nextA, nextS] = [Math.sqrt(targets[i]), Math.sqrt(1 - targets[i])];
    const data = x.data.map((value, j) =>
      nextA * x0.data[j] + nextS * (value - a * x0.data[j]) / s
    );
    x = { shape: x.shape, data };
    await onStep?.(i + 1, times.length, x0);
  }
  return x;
}
