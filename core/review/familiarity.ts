/** How strange a thing is beside others of its kind: several statistics on one scale, and the share of its kind that is as strange. */

import { percentile } from "../linear/statistics.ts";

/** Where the strangest twentieth of a statistic begins, and how far beyond it goes on average. */
export interface Tail {
  /** The 95th percentile. */
  readonly start: number;
  /** The mean of what goes beyond it, more than 0. */
  readonly excess: number;
}

/** Percent of the values below the tail. */
const START = 95;

/** The upper tail of a statistic `[n]`, all finite. */
export function tailOf(values: ArrayLike<number>): Tail {
  const start = percentile(values, START);
  const beyond = Array.from(values).filter((value) => value > start);
  const sum = beyond.reduce((sum, value) => sum + value - start, 0);
  return { start, excess: sum > 0 ? sum / beyond.length : 1 };
}

/**
 * The strangest of several statistics, each in units of its own tail: u = (t − start) / excess, so that statistics of any unit and
 * spread can be compared far out, where they matter (the exponential tail of Pickands 1975).
 *
 * @returns u, and whose it is.
 */
export function strangest(
  statistics: ArrayLike<number>,
  tails: readonly Tail[],
): { readonly strangeness: number; readonly index: number } {
  let found = { strangeness: -Infinity, index: 0 };
  tails.forEach(({ start, excess }, index) => {
    const strangeness = (statistics[index] - start) / excess;
    // What is no number is as strange as can be.
    const told = Number.isNaN(strangeness) ? Infinity : strangeness;
    if (told > found.strangeness) found = { strangeness: told, index };
  });
  return found;
}

/**
 * The conformal p-value of a value beside exchangeable ones that were seen before:
 *
 *     p = (1 + #{sᵢ ≥ s}) / (n + 1)
 *
 * So whatever the distribution, one of the same kind has p ≤ α with a probability of at most α (Vovk, Gammerman & Shafer 2005).
 *
 * @param sorted Rising.
 * @example
 * ```ts
 * import { conformalP } from "@countergrade/countergrade/review";
 * import { assertEquals } from "@std/assert";
 *
 * const seen = [1, 2, 3, 4];
 * assertEquals([conformalP(seen, 0), conformalP(seen, 4), conformalP(seen, 9)], [1, 0.4, 0.2]);
 * ```
 */
export function conformalP(sorted: ArrayLike<number>, value: number): number {
  let below = 0;
  for (let i = 0; i < sorted.length && sorted[i] < value; i++) below++;
  return (1 + sorted.length - below) / (sorted.length + 1);
}
