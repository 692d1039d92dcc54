/** How well a probe tells the grades of codes that it was not fitted to. */

import type { Labels, Probe } from "./probe.ts";
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

/** Measures a probe on codes `[n, d]` with labels `[n]`. */
export function probeReport(
  probe: Probe,
  codes: Codes,
  labels: Labels,
  threshold: number,
): ProbeReport {
  const scores = probe.score(codes);
  const { type } = probe.scale;
  const truth = Int32Array.from(
    labels,
    (label) => (type === "nominal" ? label === threshold : label >= threshold) ? 1 : 0,
  );
  const sides = Int32Array.from(scores, (score) => score > 0 ? 1 : 0);
  const told = labelsOf(probe, codes);
  return {
    accuracy: accuracy(truth, sides),
    f1: f1(truth, sides),
    balancedAccuracy: balancedAccuracy(truth, sides),
    auc: rocAuc(truth, scores),
    mae: type === "nominal"
      ? NaN
      : meanAbsoluteError(labels, probe.label ? told : probe.grade(codes)),
    // Real labels are no classes, and kinds have no distances.
    macroF1: type === "continuous" ? NaN : macroF1(labels, told),
    qwk: type === "continuous" || type === "nominal" ? NaN : quadraticWeightedKappa(labels, told),
  };
}
