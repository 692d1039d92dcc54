/** Conformal bands: how far an error goes in nearly all cases, told from errors that were seen, whatever their distribution. */

/**
 * The width q so that a new error is at most q with a probability of at least `coverage`, from exchangeable errors seen before:
 *
 *     q = the ⌈(n + 1)·coverage⌉-th smallest of n errors
 *
 * The 1 counts the new one itself (split conformal prediction; Vovk, Gammerman & Shafer 2005). Infinite where there are too few
 * errors to say so: below 9 for a coverage of 0.9.
 *
 * @example
 * ```ts
 * import { conformalWidth } from "@countergrade/countergrade/review";
 * import { assertEquals } from "@std/assert";
 *
 * const errors = [0.3, 0.1, 0.9, 0.2, 0.5, 0.4, 0.8, 0.7, 0.6];
 * assertEquals(conformalWidth(errors, 0.9), 0.9);
 * assertEquals(conformalWidth(errors.slice(1), 0.9), Infinity);
 * ```
 */
export function conformalWidth(errors: ArrayLike<number>, coverage: number): number {
  const sorted = Float64Array.from(errors).sort();
  // A rounding error must not lead to the next order statistic.
  const rank = Math.ceil((sorted.length + 1) * coverage - 1e-9);
  return rank <= sorted.length ? sorted[Math.max(0, rank - 1)] : Infinity;
}
