/** How far probabilities can be trusted: Brier score, reliability curve and calibration error. */

import { ascending } from "./rank.ts";

/** Bins of a reliability curve. */
const BINS = 10;

/** Images that a bin should hold at least, or its observed share says nothing. */
const BIN_SIZE = 10;

/** Some rows of like probability. */
export interface ReliabilityBin {
  /** The mean probability told. */
  readonly predicted: number;
  /** The share of rows that are positive. */
  readonly observed: number;
  /** How many rows it holds. */
  readonly count: number;
}

/**
 * The Brier score: the mean of (p − y)², in [0, 1], lower is better (Brier 1950). NaN of no rows.
 *
 * @param truth y, 1 for positive rows and 0 for others, `[n]`.
 * @param probabilities p in [0, 1], `[n]`.
 */
export function brierScore(truth: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) sum += (probabilities[i] - truth[i]) ** 2;
  return sum / truth.length;
}

/** How many bins `n` rows are cut into by default: 10, or fewer so that each holds 10 rows, at least one. */
export function binsFor(n: number): number {
  return Math.max(1, Math.min(BINS, Math.floor(n / BIN_SIZE)));
}

/**
 * The reliability curve in bins of equal mass: the edges are the quantiles of the probabilities, interpolated linearly, and a row lies
 * in the first bin whose upper edge is not below it (scikit-learn's `calibration_curve(strategy="quantile")`). Equal probabilities
 * are never parted, so a bin may hold more than its share; empty ones are left out.
 *
 * @param truth 1 for positive rows and 0 for others, `[n]`.
 * @param probabilities In [0, 1], `[n]`.
 * @param bins How many, {@linkcode binsFor} by default.
 * @example
 * ```ts
 * import { reliabilityBins } from "@countergrade/countergrade/review";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(reliabilityBins([0, 1, 1, 1], [0.25, 0.25, 0.75, 0.75], 2), [
 *   { predicted: 0.25, observed: 0.5, count: 2 },
 *   { predicted: 0.75, observed: 1, count: 2 },
 * ]);
 * ```
 */
export function reliabilityBins(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  bins: number = binsFor(truth.length),
): ReliabilityBin[] {
  const order = ascending(probabilities);
  const edges = Array.from(
    { length: bins - 1 },
    (_, b) => quantile(probabilities, order, (b + 1) / bins),
  );
  const sums = Array.from({ length: bins }, () => ({ predicted: 0, observed: 0, count: 0 }));
  let bin = 0;
  for (const i of order) {
    while (probabilities[i] > edges[bin]) bin++;
    sums[bin].predicted += probabilities[i];
    sums[bin].observed += truth[i];
    sums[bin].count++;
  }
  return sums.filter(({ count }) => count > 0).map(({ predicted, observed, count }) => ({
    predicted: predicted / count,
    observed: observed / count,
    count,
  }));
}

function quantile(values: ArrayLike<number>, order: Int32Array, share: number): number {
  const place = (order.length - 1) * share;
  const below = Math.floor(place);
  const [a, b] = [values[order[below]], values[order[Math.min(below + 1, order.length - 1)]]];
  return a + (place - below) * (b - a);
}

/**
 * The expected calibration error Σ (n_b/n)·|p̄_b − ȳ_b| over the bins of equal mass of {@linkcode reliabilityBins}, in [0, 1] (Naeini,
 * Cooper and Hauskrecht 2015, with the adaptive bins of Nixon et al. 2019). Chance alone makes it positive: of few rows it is too
 * high even for a perfect probability, and more so in their resamples. NaN of no rows.
 */
export function calibrationError(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  bins: number = binsFor(truth.length),
): number {
  if (truth.length === 0) return NaN;
  return reliabilityBins(truth, probabilities, bins).reduce(
    (sum, { predicted, observed, count }) =>
      sum + count / truth.length * Math.abs(predicted - observed),
    0,
  );
}
