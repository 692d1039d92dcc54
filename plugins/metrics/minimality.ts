/** The metric `minimality`: is the change no larger than it has to be, measured by how far real images of both grades are apart? */

import {
  type Codes,
  definePlugin,
  type Labels,
  type LabelScale,
  type MetricPlugin,
  metrics,
  type PathRecord,
  row,
  type TrainingCodes,
} from "@countergrade/countergrade";
import { standardization } from "@countergrade/countergrade/linear";

/** Weights of both parts, as Melistas et al. have them. */
const [NEAR, FAR] = [0.8, 0.2];
/** Parts of equal width of a continuous scale, as many as theirs, that count as a grade each. */
const PARTS = 9;

/**
 * Counterfactual latent divergence (Sanchez and Tsaftaris 2022, Diffusion causal models for counterfactual estimation; weighed as in Melistas
 * et al. 2024), in the encoder's codes. With d the mean absolute difference of standardized codes, z the image's code and z' that of a
 * frame, encoded again:
 *
 *     CLD = log(0.8·exp P(S_target ≤ d(z, z')) + 0.2·exp P(S_own ≥ d(z, z')))
 *
 * S_target the distances from z to real training images of the grade that was asked for, S_own to those of the image's own grade; of a
 * continuous scale a ninth of the range that training labels have counts as a grade. The first part falls when the change is small, the
 * second when it is large enough to leave the own grade. Between 0 and 1, lower is better; the mean over frames of another grade than the
 * image's. NaN where there are no training images of one of them.
 */
const member: MetricPlugin = {
  name: "minimality",
  description:
    "Counterfactual latent divergence (0 to 1, lower is better): how many real images of the target's grade are nearer to the image than the " +
    "frame is, and how many of its own grade are farther, by codes; mean over frames of another grade",
  cost: "the codes of the training images, once; no rendering",
  async measure(path, { training, probe }) {
    const codes = await training?.();
    if (!codes) return { minimality: NaN };
    const values = divergences(path, probe.grade(path.code)[0], codes);
    return { minimality: values.reduce((sum, value) => sum + value, 0) / values.length };
  },
};

function divergences(
  { code, reencoded, targetGrades, scale }: PathRecord,
  ownGrade: number,
  { codes, labels }: TrainingCodes,
): number[] {
  const gradeOf = gradesOf(scale, labels);
  const own = gradeOf(ownGrade);
  const { sigma } = standardization(codes);
  const distance = (a: Float32Array, b: Float32Array) => {
    let sum = 0;
    for (let j = 0; j < a.length; j++) sum += Math.abs(a[j] - b[j]) / sigma[j] / a.length;
    return sum;
  };
  const grades = Array.from(labels, gradeOf);
  const to = (grade: number) => distancesTo(codes, grades, grade, (z) => distance(code.data, z));
  const ownDistances = to(own);
  return targetGrades.flatMap((target, i) => {
    const grade = gradeOf(target);
    const others = to(grade);
    if (grade === own || others.length === 0 || ownDistances.length === 0) return [];
    const way = distance(code.data, row(reencoded, i).data);
    const nearer = others.filter((value) => value <= way).length / others.length;
    const farther = ownDistances.filter((value) => value >= way).length / ownDistances.length;
    return [Math.log(NEAR * Math.exp(nearer) + FAR * Math.exp(farther))];
  });
}

/** Which grade a label is, or which part of a continuous scale. */
function gradesOf(scale: LabelScale | undefined, labels: Labels): (label: number) => number {
  if (scale?.type !== "continuous") return Math.round;
  const known = Array.from(labels).filter(Number.isFinite);
  const least = known.reduce((a, b) => Math.min(a, b), Infinity);
  const most = known.reduce((a, b) => Math.max(a, b), -Infinity);
  return (label) => {
    const part = Math.floor(PARTS * (label - least) / (most - least));
    return Math.min(PARTS - 1, Math.max(0, part));
  };
}

function distancesTo(
  codes: Codes,
  grades: readonly number[],
  grade: number,
  distance: (z: Float32Array) => number,
): number[] {
  const rows = grades.flatMap((one, i) => one === grade ? [i] : []);
  return rows.map((i) => distance(row(codes, i).data));
}

/** Brings the metric `minimality`. */
export const minimalityMetric = definePlugin({
  id: "@countergrade/minimality-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
