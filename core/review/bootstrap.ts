/** How sure a figure is: bootstrap intervals. */

import { breathe, breatheAfter } from "../abort.ts";
import type { Random } from "../random.ts";
import { percentile } from "../linear/statistics.ts";

/** A mean with its interval. */
export interface MeanInterval {
  /** Of all values. */
  readonly mean: number;
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
  readonly high: number;
}

/** Where a figure lies; NaN where nothing can be said. */
export interface Interval {
  /** The lower end. */
  readonly low: number;
  /** The upper end. */
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
 * import { Random } from "@countergrade/countergrade";
 * import { bootstrapMean } from "@countergrade/countergrade/review";
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

/** Rows, and resamples, between two breaths: tens of milliseconds of work whether rows are many or dear. */
const ROWS_PER_BREATH = 200_000;
const RESAMPLES_PER_BREATH = 20;

/**
 * Percentile intervals (Efron 1979) of figures of `n` rows, over resamples of the rows with replacement.
 *
 * A resample may lack what a figure needs, as the AUC of one class; it then says nothing about that figure (NaN) and does not count.
 * A figure that fewer than half of the resamples can tell has no interval: NaN to NaN.
 *
 * @param figures The figures of the rows at `indices` `[n]`, which come in rising order, some more than once.
 * @param options.work Multiplications that the figures of a row take, or about as much, where that is known: see {@linkcode breatheAfter}.
 * @throws {CancelledError} Within a few resamples, once the signal is aborted.
 * @throws {RangeError} When there are no rows.
 */
export async function bootstrapFigures<Name extends string>(
  n: number,
  figures: (indices: Int32Array) => Readonly<Record<Name, number>>,
  random: Random,
  { resamples = 1000, level = 0.95, work, signal }: BootstrapOptions & {
    work?: number;
    signal?: AbortSignal;
  } = {},
): Promise<Record<Name, Interval>> {
  if (n === 0) throw new RangeError("Cannot resample: expected at least one row, there are none");
  const told = new Map<Name, number[]>();
  const perBreath = Math.min(RESAMPLES_PER_BREATH, Math.ceil(ROWS_PER_BREATH / n));
  for (let r = 0; r < resamples; r++) {
    if (work !== undefined) await breatheAfter(n * work, signal);
    else if (r % perBreath === 0) await breathe(signal);
    for (const [name, value] of Object.entries(figures(resample(n, random))) as [Name, number][]) {
      if (!told.has(name)) told.set(name, []);
      if (Number.isFinite(value)) told.get(name)!.push(value);
    }
  }
  const tail = 50 * (1 - level);
  const interval = (values: number[]): Interval =>
    values.length < resamples / 2
      ? { low: NaN, high: NaN }
      : { low: percentile(values, tail), high: percentile(values, 100 - tail) };
  return Object.fromEntries(
    [...told].map(([name, values]) => [name, interval(values)]),
  ) as Record<Name, Interval>;
}

/** `n` of the indices below `n`, with replacement, in rising order. */
function resample(n: number, random: Random): Int32Array {
  const counts = new Int32Array(n);
  for (let i = 0; i < n; i++) counts[random.integer(n)]++;
  const indices = new Int32Array(n);
  for (let i = 0, at = 0; i < n; i++) {
    indices.fill(i, at, at + counts[i]);
    at += counts[i];
  }
  return indices;
}
