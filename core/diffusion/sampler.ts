/** What samplers work with: a denoiser, and how each step is watched. */

import type { Tensor } from "../tensor.ts";

/** The predicted x₀ for noisy images `x [n, c, …]` at one time t, not yet clamped. */
export type Denoiser = (x: Tensor, t: number) => Promise<Tensor>;

/** Options of a walk. */
export interface WalkOptions {
  /** Ends the walk before its next evaluation. */
  readonly signal?: AbortSignal;
  /** Called after each evaluation with the clamped predicted x₀. */
  readonly onStep?: (step: number, total: number, preview: Tensor) => void | Promise<void>;
}

/** The prediction clamped to [-1, 1], as the reference does at every step. */
export function clamp(x0: Tensor): Tensor {
  return { shape: x0.shape, data: x0.data.map((value) => Math.min(1, Math.max(-1, value))) };
}
