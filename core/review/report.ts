/** How well labels and grades are told: the figures of an evaluation. */

import { midRanks } from "./rank.ts";

/** The share of labels that agree. */
export function accuracy(truth: ArrayLike<number>, told: ArrayLike<number>): number {
  let hits = 0;
  for (let i = 0; i < truth.length; i++) hits += truth[i] === told[i] ? 1 : 0;
  return hits / truth.length;
}

/**
 * How often label `t` was told to be `p`: rows are the truth, columns what was told, `[classes, classes]`.
 *
 * @param classes Labels are whole numbers below it.
 * @throws {RangeError} When a label is none of the classes.
 * @example
 * ```ts
 * import { confusionMatrix } from "./report.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(confusionMatrix([0, 1, 1], [0, 0, 1], 2), [[1, 0], [1, 1]]);
 * ```
 */
export function confusionMatrix(
  truth: ArrayLike<number>,
  told: ArrayLike<number>,
  classes: number,
): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    if (counts[truth[i]]?.[told[i]] === undefined) {
      throw new RangeError(
        `Cannot count labels: expected whole numbers below ${classes}, got ${truth[i]} told as ${
          told[i]
        }`,
      );
    }
    counts[truth[i]][told[i]]++;
  }
  return counts;
}

/** F1 of one class: 2·hits / (rows of the class + rows told to be); 0 when there are none of either. */
export function f1(truth: ArrayLike<number>, told: ArrayLike<number>, positive = 1): number {
  let hits = 0, all = 0;
  for (let i = 0; i < truth.length; i++) {
    const [is, says] = [truth[i] === positive, told[i] === positive];
    hits += is && says ? 1 : 0;
    all += (is ? 1 : 0) + (says ? 1 : 0);
  }
  return all ? 2 * hits / all : 0;
}

/** The mean F1 over all classes that are true or told somewhere. */
export function macroF1(truth: ArrayLike<number>, told: ArrayLike<number>): number {
  const classes = [...tallied(truth, told).values()];
  return classes.reduce((sum, { hits, rows, calls }) => sum + 2 * hits / (rows + calls), 0) /
    classes.length;
}

/** The mean over the true classes of the share of their rows that was told right. */
export function balancedAccuracy(truth: ArrayLike<number>, told: ArrayLike<number>): number {
  const classes = [...tallied(truth, told).values()].filter(({ rows }) => rows > 0);
  return classes.reduce((sum, { hits, rows }) => sum + hits / rows, 0) / classes.length;
}

/** By class: the rows that are of it, those told to be, and those of which both is so. */
function tallied(truth: ArrayLike<number>, told: ArrayLike<number>) {
  const classes = new Map<number, { rows: number; calls: number; hits: number }>();
  const of = (label: number) => {
    const known = classes.get(label);
    if (known) return known;
    const fresh = { rows: 0, calls: 0, hits: 0 };
    classes.set(label, fresh);
    return fresh;
  };
  for (let i = 0; i < truth.length; i++) {
    const is = of(truth[i]);
    is.rows++;
    of(told[i]).calls++;
    if (truth[i] === told[i]) is.hits++;
  }
  return classes;
}

/**
 * The area under the ROC curve: the probability that a positive row scores above a negative one, ties counting half
 * (Mann–Whitney U by mid-ranks). NaN when one class is absent.
 *
 * @param truth 1 for positive rows, `[n]`.
 * @example
 * ```ts
 * import { rocAuc } from "@countergrade/countergrade/review";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 0.75);
 * ```
 */
export function rocAuc(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const ranks = midRanks(scores);
  let positives = 0, sum = 0;
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] !== 1) continue;
    positives++;
    sum += ranks[i];
  }
  const negatives = truth.length - positives;
  if (positives === 0 || negatives === 0) return NaN;
  return (sum - positives * (positives + 1) / 2) / (positives * negatives);
}

/** The mean absolute difference. */
export function meanAbsoluteError(truth: ArrayLike<number>, told: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) sum += Math.abs(truth[i] - told[i]);
  return sum / truth.length;
}

/**
 * Cohen's kappa with quadratic weights: 1 − Σ(i−j)²·observed / Σ(i−j)²·expected by chance (Cohen 1968). 1 when both agree on one class
 * throughout.
 */
export function quadraticWeightedKappa(
  truth: ArrayLike<number>,
  told: ArrayLike<number>,
): number {
  const n = truth.length;
  let observed = 0, expected = 0;
  for (let i = 0; i < n; i++) observed += (truth[i] - told[i]) ** 2 / n;
  // Σᵢⱼ (tᵢ − pⱼ)² / n² from the moments, so that large n stays linear.
  const [t, p] = [moments(truth), moments(told)];
  expected = t.variance + p.variance + (t.mean - p.mean) ** 2;
  return expected > 0 ? 1 - observed / expected : 1;
}

function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  const n = values.length;
  let mean = 0, variance = 0;
  for (let i = 0; i < n; i++) mean += values[i] / n;
  for (let i = 0; i < n; i++) variance += (values[i] - mean) ** 2 / n;
  return { mean, variance };
}
