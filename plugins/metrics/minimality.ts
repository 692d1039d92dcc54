/** The metric `minimality`: is the change no larger than it has to be, measured by how far real images of both grades are apart? */

import {
  type Codes,
  definePlugin,
  type MetricPlugin,
  metrics,
  type PathRecord,
  row,
  type TrainingCodes,
} from "@countergrade/countergrade";
import { standardization } from "@countergrade/countergrade/linear";

/** Weights of both parts, as Melistas et al. have them. */
const [NEAR, FAR] = [0.8, 0.2];

/**
 * Counterfactual latent divergence (Sanchez and Tsaftaris 2022, Diffusion causal models for counterfactual estimation; weighed as in Melistas
 * et al. 2024), in the encoder's codes. With d the mean absolute difference of standardized codes, z the image's code and z' that of a
 * frame, encoded again:
 *
 *     CLD = log(0.8·exp P(S_target ≤ d(z, z')) + 0.2·exp P(S_own ≥ d(z, z')))
 *
 * S_target the distances from z to real training images of the grade that was asked for, S_own to those of the image's own grade. The first
 * part falls when the change is small, the second when it is large enough to leave the own grade. Between 0 and 1, lower is better; the
 * mean over frames of another grade than the image's. NaN where there are no training images of one of them.
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
    const own = Math.round(probe.grade(path.code)[0]);
    const values = divergences(path, own, codes);
    return { minimality: values.reduce((sum, value) => sum + value, 0) / values.length };
  },
};

function divergences(
  { code, reencoded, targetGrades }: PathRecord,
  own: number,
  { codes, labels }: TrainingCodes,
): number[] {
  const { sigma } = standardization(codes);
  const distance = (a: Float32Array, b: Float32Array) => {
    let sum = 0;
    for (let j = 0; j < a.length; j++) sum += Math.abs(a[j] - b[j]) / sigma[j] / a.length;
    return sum;
  };
  const to = (grade: number) => distancesTo(codes, labels, grade, (z) => distance(code.data, z));
  const ownDistances = to(own);
  return targetGrades.flatMap((target, i) => {
    const grade = Math.round(target);
    const others = to(grade);
    if (grade === own || others.length === 0 || ownDistances.length === 0) return [];
    const way = distance(code.data, row(reencoded, i).data);
    const nearer = others.filter((value) => value <= way).length / others.length;
    const farther = ownDistances.filter((value) => value >= way).length / ownDistances.length;
    return [Math.log(NEAR * Math.exp(nearer) + FAR * Math.exp(farther))];
  });
}

function distancesTo(
  codes: Codes,
  labels: ArrayLike<number>,
  grade: number,
  distance: (z: Float32Array) => number,
): number[] {
  const rows = Array.from(labels).flatMap((label, i) => label === grade ? [i] : []);
  return rows.map((i) => distance(row(codes, i).data));
}

/** Brings the metric `minimality`. */
export const minimalityMetric = definePlugin({
  id: "@countergrade/minimality-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
