/** The noise schedule: how much of the image is left at a time. */

/**
 * A variance-preserving schedule. Times count 0 … steps − 1 as in DDPM (Ho et al. 2020); between integers ln ᾱ is
 * interpolated linearly.
 */
export interface Schedule {
  /** The number of diffusion steps T. */
  readonly steps: number;
  /** ᾱ_t at a time, in (0, 1). */
  alphaBar(t: number): number;
}

/** The linear schedule: β from `first` to `last` in `steps` equal steps, ᾱ_t = ∏(1 − β). */
export function linearSchedule(steps = 1000, first = 1e-4, last = 0.02): Schedule {
  const logs = new Float64Array(steps);
  let sum = 0;
  for (let t = 0; t < steps; t++) {
    sum += Math.log1p(-(first + (last - first) * t / (steps - 1)));
    logs[t] = sum;
  }
  return {
    steps,
    alphaBar(t) {
      if (!(t >= 0 && t <= steps - 1)) {
        throw new RangeError(`Cannot look up time ${t}: expected 0 … ${steps - 1}`);
      }
      const low = Math.min(Math.floor(t), steps - 2);
      return Math.exp(logs[low] + (t - low) * (logs[low + 1] - logs[low]));
    },
  };
}

/** λ = ln(√ᾱ / √(1 − ᾱ)), half the log signal-to-noise ratio. */
export function logSnr(alphaBar: number): number {
  return 0.5 * Math.log(alphaBar / (1 - alphaBar));
}
