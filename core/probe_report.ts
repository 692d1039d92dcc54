/** How well a probe tells the grades of codes that it was not fitted to. */

import { brierScore, calibrationError } from "./calibration.ts";
import type { Probe } from "./probe.ts";
import {
  accuracy,
  balancedAccuracy,
  f1,
  macroF1,
  meanAbsoluteError,
  quadraticWeightedKappa,
  rocAuc,
} from "./report.ts";
import type { Codes } from "./tensor.ts";

/** The figures of a probe on one set of codes. */
export interface ProbeReport {
  /** Of the binary question "grade ≥ threshold", as are `f1`, `balancedAccuracy` and `auc`. */
  accuracy: number;
  f1: number;
  balancedAccuracy: number;
  /** Of the scores; NaN when all codes lie on one side. */
  auc: number;
  /** In grades: of the label where the probe decides on labels by a rule of its own, of the real-valued grade elsewhere. */
  mae: number;
  macroF1: number;
  /** Quadratic weighted kappa. */
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

/** What is true of some rows and what was told of them; all `[n]`. */
export interface JudgedRows {
  readonly labels: ArrayLike<number>;
  /** The labels told. */
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
  const scores = probe.score(codes);
  const told = labelsOf(probe, codes);
  return {
    labels,
    told,
    grades: probe.label ? told : probe.grade(codes),
    severe: severeOf(labels, threshold),
    sides: Int32Array.from(scores, (score) => score > 0 ? 1 : 0),
    scores,
    probabilities: probe.probability(codes),
  };
}

/** 1 for labels of the threshold or worse. */
export function severeOf(labels: ArrayLike<number>, threshold: number): Int32Array {
  return Int32Array.from(labels, (label) => label >= threshold ? 1 : 0);
}

/** The figures of rows. */
export function figuresOf(rows: JudgedRows): ProbeReport {
  const { labels, told, grades, severe, sides, scores, probabilities } = rows;
  return {
    accuracy: accuracy(severe, sides),
    f1: f1(severe, sides),
    balancedAccuracy: balancedAccuracy(severe, sides),
    auc: rocAuc(severe, scores),
    mae: meanAbsoluteError(labels, grades),
    macroF1: macroF1(labels, told),
    qwk: quadraticWeightedKappa(labels, told),
    brier: brierScore(severe, probabilities),
    calibrationError: calibrationError(severe, probabilities),
  };
}

/** Measures a probe on codes `[n, d]` with labels `[n]`. */
export function probeReport(
  probe: Probe,
  codes: Codes,
  labels: Int32Array,
  threshold: number,
): ProbeReport {
  return figuresOf(judgedRows(probe, codes, labels, threshold));
}
