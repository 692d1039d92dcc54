/** How well a probe tells the grades of codes that it was not fitted to. */

import { brierScore, calibrationError } from "./calibration.ts";
import type { Labels, LabelScale } from "../labels.ts";
import type { Probe } from "../probe.ts";
import {
  accuracy,
  balancedAccuracy,
  f1,
  macroF1,
  meanAbsoluteError,
  quadraticWeightedKappa,
  rocAuc,
} from "./report.ts";
import type { Codes } from "../tensor.ts";

/** The figures of a probe on one set of codes. */
export interface ProbeReport {
  /** Of the binary question, see {@linkcode Question}, as are `f1`, `balancedAccuracy` and `auc`. */
  accuracy: number;
  /** Harmonic mean of precision and recall of the severe side, in [0, 1]. */
  f1: number;
  /** Mean of the recalls of both sides, in [0, 1]. */
  balancedAccuracy: number;
  /** Of the scores; NaN when all codes lie on one side. */
  auc: number;
  /** In grades, NaN on a nominal scale: of the label where the probe decides on labels by a rule of its own, of the real-valued grade elsewhere. */
  mae: number;
  /** NaN where labels are numbers. */
  macroF1: number;
  /** Quadratic weighted kappa; NaN on a nominal scale and where labels are numbers. */
  qwk: number;
  /** Of the probabilities of the binary question. */
  brier: number;
  /** See {@linkcode calibrationError}. */
  calibrationError: number;
}

/** The label `[n]` of codes `[n, d]`: the probe's own decision, or the grade rounded (half up) and clipped to the scale. */
export function labelsOf(probe: Probe, codes: Codes): Int32Array {
  const top = probe.scale.names.length - 1;
  return probe.label?.(codes) ??
    Int32Array.from(
      probe.grade(codes),
      (grade) => Math.min(top, Math.max(0, Math.floor(grade + 0.5))),
    );
}

/** The binary question of a probe: label ≥ threshold; on a nominal scale: label = threshold. */
export interface Question {
  /** What the labels mean. */
  readonly scale: LabelScale;
  /** A label: an index of the scale's names, or a number where it is continuous. */
  readonly threshold: number;
}

/** Whether labels are real numbers, as an age, and no indices of names. */
export function isNumeric({ type }: LabelScale): boolean {
  return type === "continuous";
}

/** Labels as a scale has them: real numbers where it is continuous, else whole ones. */
export function labelsOn(scale: LabelScale, labels: ArrayLike<number>): Labels {
  return isNumeric(scale) ? Float64Array.from(labels) : Int32Array.from(labels);
}

/** Whether a label is on a scale; others, as −1, count as missing. */
export function isLabel(label: number, scale: LabelScale): boolean {
  if (isNumeric(scale)) return Number.isFinite(label);
  return Number.isInteger(label) && label >= 0 && label < scale.names.length;
}

/** 1 where the answer to the question is yes: for labels of the threshold or worse. */
export function severeOf(
  labels: ArrayLike<number>,
  { scale, threshold }: Question,
): Int32Array {
  const isSevere = scale.type === "nominal"
    ? (label: number) => label === threshold
    : (label: number) => label >= threshold;
  return Int32Array.from(labels, (label) => isSevere(label) ? 1 : 0);
}

/** What is true of some rows and what was told of them; all `[n]`. */
export interface JudgedRows {
  readonly scale: LabelScale;
  readonly labels: ArrayLike<number>;
  /** The labels told; of no meaning where labels are numbers. */
  readonly told: ArrayLike<number>;
  /** What the mean error in grades is of. */
  readonly grades: ArrayLike<number>;
  /** 1 where the label is the threshold or worse. */
  readonly severe: ArrayLike<number>;
  /** 1 where that was told. */
  readonly sides: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
}

/** What a probe tells of codes `[n, d]` with labels `[n]`. */
export function judgedRows(
  probe: Probe,
  codes: Codes,
  labels: ArrayLike<number>,
  threshold: number,
): JudgedRows {
  const { scale } = probe;
  const scores = probe.score(codes);
  const told = labelsOf(probe, codes);
  return {
    scale,
    labels,
    told,
    grades: probe.label ? told : probe.grade(codes),
    severe: severeOf(labels, { scale, threshold }),
    sides: Int32Array.from(scores, (score) => score > 0 ? 1 : 0),
    scores,
    probabilities: probe.probability(codes),
  };
}

/** The figures of rows; NaN where the scale gives them no meaning. */
export function figuresOf(rows: JudgedRows): ProbeReport {
  const { scale, labels, told, grades, severe, sides, scores, probabilities } = rows;
  const [isNumber, isNominal] = [isNumeric(scale), scale.type === "nominal"];
  return {
    accuracy: accuracy(severe, sides),
    f1: f1(severe, sides),
    balancedAccuracy: balancedAccuracy(severe, sides),
    auc: rocAuc(severe, scores),
    mae: isNominal ? NaN : meanAbsoluteError(labels, grades),
    macroF1: isNumber ? NaN : macroF1(labels, told),
    qwk: isNumber || isNominal ? NaN : quadraticWeightedKappa(labels, told),
    brier: brierScore(severe, probabilities),
    calibrationError: calibrationError(severe, probabilities),
  };
}

/** Measures a probe on codes `[n, d]` with labels `[n]`. */
export function probeReport(
  probe: Probe,
  codes: Codes,
  labels: ArrayLike<number>,
  threshold: number,
): ProbeReport {
  return figuresOf(judgedRows(probe, codes, labels, threshold));
}
