/** DPM-Solver++(2M) (Lu et al. 2022) on one grid for both directions. */

import type { Tensor } from "../tensor.ts";
import { clamp, type Denoiser, type WalkOptions } from "./sampler.ts";
import { logSnr, type Schedule } from "./schedule.ts";

/** The smallest time of the grid: below it the image counts as clean. */
const FIRST_TIME = 3;

/**
 * `steps + 1` times, evenly spaced in λ between t₀ = 3 (half of T − 1 where that is less) and T − 1. The image stands at t₀ and the noise at T − 1 in both
 * directions, so nothing is lost at the ends.
 */
export function solverTimes(schedule: Schedule, steps: number): number[] {
  const lambda = (t: number) => logSnr(schedule.alphaBar(t));
  const last = schedule.steps - 1;
  const first = Math.min(FIRST_TIME, last / 2);
  const [high, low] = [lambda(first), lambda(last)];
  return Array.from({ length: steps + 1 }, (_, i) => {
    if (i === 0) return first;
    if (i === steps) return last;
    return timeAt(lambda, high + (low - high) * i / steps, first, last);
  });
}

/** The time with a given λ, by bisection: λ falls with t. */
function timeAt(lambda: (t: number) => number, target: number, low: number, high: number): number {
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (lambda(middle) > target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Images to noise. */
export function solverInvert(
  denoise: Denoiser,
  x: Tensor,
  schedule: Schedule,
  steps: number,
  options?: WalkOptions,
): Promise<Tensor> {
  return walk(denoise, x, schedule, solverTimes(schedule, steps), options);
}

/** Noise to images. */
export function solverRender(
  denoise: Denoiser,
  xT: Tensor,
  schedule: Schedule,
  steps: number,
  options?: WalkOptions,
): Promise<Tensor> {
  return walk(denoise, xT, schedule, solverTimes(schedule, steps).toReversed(), options);
}

/**
 * With a = √ᾱ, s = √(1 − ᾱ), λ = ln(a/s), D = clamp(x₀-prediction):
 *
 *     h = λ' − λ,  x' = (s'/s)·x − a'·(e^{−h} − 1)·D̃
 *     D̃ = (1 + 1/2r)·Dᵢ − (1/2r)·Dᵢ₋₁,  r = h_prev/h;  first step D̃ = D
 */
async function walk(
  denoise: Denoiser,
  start: Tensor,
  schedule: Schedule,
  times: readonly number[],
  { signal, onStep }: WalkOptions = {},
): Promise<Tensor> {
  let x = start;
  let previous: { d: Tensor; h: number } | undefined;
  for (let i = 0; i + 1 < times.length; i++) {
    signal?.throwIfAborted();
    const [abar, nextAbar] = [schedule.alphaBar(times[i]), schedule.alphaBar(times[i + 1])];
    const h = logSnr(nextAbar) - logSnr(abar);
    const d = clamp(await denoise(x, times[i]));
    const ratio = Math.sqrt(1 - nextAbar) / Math.sqrt(1 - abar);
    const gain = -Math.sqrt(nextAbar) * Math.expm1(-h);
    const half = previous ? h / (2 * previous.h) : 0;
    const before = previous?.d.data ?? d.data;
    const data = x.data.map((value, j) =>
      ratio * value + gain * ((1 + half) * d.data[j] - half * before[j])
    );
    x = { shape: x.shape, data };
    previous = { d, h };
    await onStep?.(i + 1, times.length - 1, d);
  }
  return x;
}
