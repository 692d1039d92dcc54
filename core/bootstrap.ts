/** How sure a mean is: bootstrap intervals. */

import type { Random } from "./random.ts";
import { percentile } from "./statistics.ts";

/** A mean with its interval. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** How the bootstrap draws. */
export interface BootstrapOptions {
  /** 1000 by default. */
  readonly resamples?: number;
  /** The probability that the interval covers, 0.95 by default. */
  readonly level?: number;
}

/**
 * The mean of `values` and its percentile interval over resamples with replacement (Efron 1979). One value is its own interval.
 *
 * @throws {RangeError} When there are no values.
 * @example
 * ```ts
 * import { bootstrapMean, Random } from "@countergrade/countergrade";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const { mean, low, high } = bootstrapMean([1, 2, 3, 4], new Random(7));
 * assertEquals(mean, 2.5);
 * assert(1 <= low && low < mean && mean < high && high <= 4);
 * ```
 */
export function bootstrapMean(
  values: readonly number[],
  random: Random,
  { resamples = 1000, level = 0.95 }: BootstrapOptions = {},
): MeanInterval {
  const n = values.length;
  if (n === 0) throw new RangeError("Cannot resample: expected at least one value, there are none");
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[random.integer(n)];
    return sum / n;
  });
  const tail = 50 * (1 - level);
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / n,
    low: percentile(means, tail),
    high: percentile(means, 100 - tail),
  };
}
