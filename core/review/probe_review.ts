/** A probe's report as a reviewer wants it: every figure with its interval, and beside it what a constant answer would reach. */

import { bootstrapFigures, type BootstrapOptions, type Interval } from "./bootstrap.ts";
import { type ReliabilityBin, reliabilityBins } from "./calibration.ts";
import type { Probe } from "../probe.ts";
import {
  figuresOf,
  isLabel,
  isNumeric,
  type JudgedRows,
  judgedRows,
  type ProbeReport,
  type Question,
  severeOf,
} from "./probe_report.ts";
import type { Random } from "../random.ts";
import { ascending } from "./rank.ts";
import { confusionMatrix } from "./report.ts";
import type { Codes } from "../tensor.ts";

/** A figure of {@linkcode ProbeReport}. */
export interface ReviewedFigure extends Interval {
  /** Which figure. */
  readonly name: keyof ProbeReport;
  /** NaN where it has no meaning, as the AUC of one class. */
  readonly value: number;
  /** The same figure of the trivial answer, see {@linkcode bestConstant}. */
  readonly baseline: number;
}

/** What is to be said about a probe on one set of codes. */
export interface ProbeReview {
  /** Images with a label on the scale. */
  readonly images: number;
  /** All of {@linkcode ProbeReport}, in its order. */
  readonly figures: readonly ReviewedFigure[];
  /** Rows are the true labels, columns the labels told; empty where labels are numbers. */
  readonly confusion: readonly (readonly number[])[];
  /** The same of the binary question: 0 is milder than the threshold. */
  readonly binaryConfusion: readonly (readonly number[])[];
  /** Probability told and share observed. */
  readonly reliability: readonly ReliabilityBin[];
}

/** Options of {@linkcode reviewProbe}. */
export interface ReviewOptions extends BootstrapOptions {
  /** Of the binary question, see {@linkcode Question}. */
  readonly threshold: number;
  /** The labels that the trivial answer is taken from: those of the training. Default: the labels of the review, its best case. */
  readonly trainLabels?: ArrayLike<number>;
  /** Draws the resamples. */
  readonly random: Random;
  /** Ends the review; the promise then rejects with a CancelledError. */
  readonly signal?: AbortSignal;
}

/** What the figures of a row cost, in multiplications: almost a microsecond. */
const WORK_PER_ROW = 4000;

/**
 * Reviews a probe on codes `[n, d]` with labels `[n]`. Labels that are none of the scale, as −1, are missing: their rows do not count.
 *
 * Intervals are those of {@linkcode bootstrapFigures} over the images of this set; what the choice of the training set adds is not in
 * them. Resamples raise the calibration error, which chance alone makes positive; its interval is mirrored at the value (the basic
 * bootstrap interval, Davison and Hinkley 1997, section 5.2.1) and so lies as far below it as they lie above.
 *
 * @throws {RangeError} When no row has a label.
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function reviewProbe(
  probe: Probe,
  codes: Codes,
  labels: ArrayLike<number>,
  { threshold, trainLabels, random, ...how }: ReviewOptions,
): Promise<ProbeReview> {
  const { scale } = probe;
  const all = judgedRows(probe, codes, labels, threshold);
  // In order of the scores, so that no resample needs sorting.
  const rows = taken(all, ascending(all.scores).filter((i) => isLabel(labels[i], scale)));
  if (rows.labels.length === 0) {
    throw new RangeError("Cannot review a probe: expected at least one labeled row");
  }
  const known = Array.from(trainLabels ?? []).filter((label) => isLabel(label, scale));
  const from = known.length ? known : rows.labels;
  const baseline = bestConstant(rows.labels, from, { scale, threshold });
  const values = figuresOf(rows);
  const intervals = await bootstrapFigures(
    rows.labels.length,
    (indices) => ({ ...figuresOf(taken(rows, indices)) }),
    random,
    { ...how, work: WORK_PER_ROW },
  );
  return {
    images: rows.labels.length,
    figures: (Object.keys(values) as (keyof ProbeReport)[]).map((name) => ({
      name,
      value: values[name],
      ...name === "calibrationError" ? mirrored(values[name], intervals[name]) : intervals[name],
      baseline: baseline[name],
    })),
    confusion: isNumeric(scale) ? [] : confusionMatrix(rows.labels, rows.told, scale.names.length),
    binaryConfusion: confusionMatrix(rows.severe, rows.sides, 2),
    reliability: reliabilityBins(rows.severe, rows.probabilities),
  };
}

/** 2v − high to 2v − low, no lower than 0. */
function mirrored(value: number, { low, high }: Interval): Interval {
  return { low: Math.max(0, 2 * value - high), high: Math.max(0, 2 * value - low) };
}

/**
 * The trivial answers to rows with `labels`: always the median label (on a nominal scale the most frequent one), the more frequent side
 * (the mild one of two equal), and the share of severe labels as the probability, all taken from the labels `from` (the lower median of
 * an even number).
 *
 * Whatever the labels, their AUC is 0.5, and their kappa 0 unless all labels are the median.
 */
export function constantRows(
  labels: ArrayLike<number>,
  from: ArrayLike<number>,
  question: Question,
): JudgedRows {
  const { scale } = question;
  const share = severeOf(from, question).reduce((sum, one) => sum + one, 0) / from.length;
  const same = (value: number) => new Float64Array(labels.length).fill(value);
  const label = same(scale.type === "nominal" ? mostFrequent(from) : lowerMedian(from));
  return {
    scale,
    labels,
    told: label,
    grades: label,
    severe: severeOf(labels, question),
    sides: same(share > 0.5 ? 1 : 0),
    scores: same(0),
    probabilities: same(share),
  };
}

/** Figures of which less is better. */
const ERRORS: readonly (keyof ProbeReport)[] = ["mae", "brier", "calibrationError"];

/**
 * What the best constant answer to rows with `labels` reaches, figure by figure: always the median label or always the most frequent one,
 * always the mild side or always the severe one. Of rare severe images always saying "mild" has an F1 of 0, always saying "severe" has
 * more, and a probe is worth what it has beyond the better of both.
 */
export function bestConstant(
  labels: ArrayLike<number>,
  from: ArrayLike<number>,
  question: Question,
): ProbeReport {
  const usual = constantRows(labels, from, question);
  const same = (value: number) => new Float64Array(labels.length).fill(value);
  const often = same(mostFrequent(from));
  const answers = [
    usual,
    { ...usual, sides: Array.from(usual.sides, (side) => 1 - side) },
    ...isNumeric(question.scale) ? [] : [{ ...usual, told: often, grades: often }],
  ].map(figuresOf);
  const best = { ...answers[0] };
  for (const answer of answers) {
    for (const name of Object.keys(best) as (keyof ProbeReport)[]) {
      const better = ERRORS.includes(name) ? answer[name] < best[name] : answer[name] > best[name];
      if (better) best[name] = answer[name];
    }
  }
  return best;
}

function lowerMedian(labels: ArrayLike<number>): number {
  const sorted = Float64Array.from(labels).sort();
  return sorted[(sorted.length - 1) >> 1];
}

/** Of equally frequent ones the lowest. */
function mostFrequent(labels: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (const label of Float64Array.from(labels).sort()) {
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].reduce((best, next) => next[1] > best[1] ? next : best)[0];
}

function taken(rows: JudgedRows, indices: Int32Array): JudgedRows {
  const of = (values: ArrayLike<number>) => {
    const out = new Float64Array(indices.length);
    for (let k = 0; k < out.length; k++) out[k] = values[indices[k]];
    return out;
  };
  return {
    scale: rows.scale,
    labels: of(rows.labels),
    told: of(rows.told),
    grades: of(rows.grades),
    severe: of(rows.severe),
    sides: of(rows.sides),
    scores: of(rows.scores),
    probabilities: of(rows.probabilities),
  };
}
