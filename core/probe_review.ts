/** A probe's report as a reviewer wants it: every figure with its interval, and beside it what a constant answer would reach. */

import { bootstrapFigures, type BootstrapOptions, type Interval } from "./bootstrap.ts";
import { type ReliabilityBin, reliabilityBins } from "./calibration.ts";
import type { Probe } from "./probe.ts";
import {
  figuresOf,
  type JudgedRows,
  judgedRows,
  type ProbeReport,
  severeOf,
} from "./probe_report.ts";
import type { Random } from "./random.ts";
import { ascending } from "./rank.ts";
import { confusionMatrix } from "./report.ts";
import type { Codes } from "./tensor.ts";

/** A figure of {@linkcode ProbeReport}. */
export interface ReviewedFigure extends Interval {
  readonly name: keyof ProbeReport;
  /** NaN where it has no meaning, as the AUC of one class. */
  readonly value: number;
  /** The same figure of the trivial answer, see {@linkcode constantRows}. */
  readonly baseline: number;
}

/** What is to be said about a probe on one set of codes. */
export interface ProbeReview {
  /** Images with a label on the scale. */
  readonly images: number;
  readonly figures: readonly ReviewedFigure[];
  /** Rows are the true labels, columns the labels told. */
  readonly confusion: readonly (readonly number[])[];
  /** The same of the binary question: 0 is milder than the threshold. */
  readonly binaryConfusion: readonly (readonly number[])[];
  /** Probability told and share observed. */
  readonly reliability: readonly ReliabilityBin[];
}

/** Options of {@linkcode reviewProbe}. */
export interface ReviewOptions extends BootstrapOptions {
  /** The binary question "label ≥ threshold". */
  readonly threshold: number;
  /** The labels that the trivial answer is taken from: those of the training. Default: the labels of the review, its best case. */
  readonly trainLabels?: ArrayLike<number>;
  readonly random: Random;
  readonly signal?: AbortSignal;
}

/**
 * Reviews a probe on codes `[n, d]` with labels `[n]`. Labels that are none of the scale, as −1, are missing: their rows do not count.
 *
 * Intervals are those of {@linkcode bootstrapFigures} over the images of this set; what the choice of the training set adds is not in
 * them. That of the calibration error lies too high, as the figure itself does on few images.
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
  const classes = probe.scale.names.length;
  const all = judgedRows(probe, codes, labels, threshold);
  const isLabel = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
  // In order of the scores, so that no resample needs sorting.
  const rows = taken(all, ascending(all.scores).filter((i) => isLabel(labels[i])));
  if (rows.labels.length === 0) {
    throw new RangeError("Cannot review a probe: expected at least one labelled row");
  }
  const known = Array.from(trainLabels ?? []).filter(isLabel);
  const baseline = figuresOf(
    constantRows(rows.labels, known.length ? known : rows.labels, threshold),
  );
  const values = figuresOf(rows);
  const intervals = await bootstrapFigures(
    rows.labels.length,
    (indices) => ({ ...figuresOf(taken(rows, indices)) }),
    random,
    how,
  );
  return {
    images: rows.labels.length,
    figures: (Object.keys(values) as (keyof ProbeReport)[]).map((name) => ({
      name,
      value: values[name],
      ...intervals[name],
      baseline: baseline[name],
    })),
    confusion: confusionMatrix(rows.labels, rows.told, classes),
    binaryConfusion: confusionMatrix(rows.severe, rows.sides, 2),
    reliability: reliabilityBins(rows.severe, rows.probabilities),
  };
}

/**
 * The trivial answers to rows with `labels`: always the median label, the more frequent side (the mild one of two equal), and the share
 * of severe labels as the probability, all taken from the labels `from` (the lower median of an even number).
 *
 * Whatever the labels, their AUC is 0.5, and their kappa 0 unless all labels are the median.
 */
export function constantRows(
  labels: ArrayLike<number>,
  from: ArrayLike<number>,
  threshold: number,
): JudgedRows {
  const sorted = Float64Array.from(from).sort();
  const share = severeOf(from, threshold).reduce((sum, one) => sum + one, 0) / from.length;
  const same = (value: number) => new Float64Array(labels.length).fill(value);
  const median = same(sorted[(sorted.length - 1) >> 1]);
  return {
    labels,
    told: median,
    grades: median,
    severe: severeOf(labels, threshold),
    sides: same(share > 0.5 ? 1 : 0),
    scores: same(0),
    probabilities: same(share),
  };
}

function taken(rows: JudgedRows, indices: Int32Array): JudgedRows {
  const of = (values: ArrayLike<number>) => {
    const out = new Float64Array(indices.length);
    for (let k = 0; k < out.length; k++) out[k] = values[indices[k]];
    return out;
  };
  return {
    labels: of(rows.labels),
    told: of(rows.told),
    grades: of(rows.grades),
    severe: of(rows.severe),
    sides: of(rows.sides),
    scores: of(rows.scores),
    probabilities: of(rows.probabilities),
  };
}
