/** The metric `validity`: does the rendered image have the grade that was asked for? */

import { definePlugin, type MetricPlugin, metrics } from "@countergrade/countergrade";
import { isNumeric } from "@countergrade/countergrade/review";

/** How far a grade may miss its target and still count as reached: half a grade rounds to the right label. */
const TOLERANCE = 0.5;

/**
 * - `imageValidity`: share of frames whose re-encoded score lies on the target's side of the boundary, sign(f(E(x'))) = sign(f*);
 *   frames asked to lie on the boundary itself do not count (validity of Mothilal et al. 2020, measured on the image).
 * - `latentValidity`: the same of the edited code, sign(f(z')) = sign(f*): what is claimed where nobody looks at the image.
 * - `regressionSuccess`: share of frames with |ĝ(E(x')) − g*| ≤ ½ grade (Dombrowski et al. 2022 for regression targets).
 *   Grades of a continuous scale have a unit of their own: there the score tells, |f(E(x')) − f*| ≤ ½ σ.
 * - `latentSuccess`: the same of the edited code, ĝ(z'). Without a closed loop it only says that the editor arrives; a closed loop moves
 *   the code past its target on purpose, so that there it falls while `regressionSuccess` rises.
 */
const member: MetricPlugin = {
  name: "validity",
  description:
    "Share of frames (0–1, higher is better) whose re-encoded image lies on the target's side of the boundary (imageValidity) " +
    "or within half a grade of the target (regressionSuccess); latentValidity and latentSuccess are the same of the code before " +
    "rendering, which a closed loop takes past the target on purpose",
  measure(
    {
      targetScores,
      latentScores = [],
      imageScores,
      targetGrades,
      latentGrades,
      imageGrades,
      scale,
    },
  ) {
    const across = (scores: readonly number[]) =>
      share(
        scores.flatMap((score, i) =>
          targetScores[i] === 0 ? [] : [Math.sign(score) === Math.sign(targetScores[i])]
        ),
      );
    const near = (values: readonly number[], goals: readonly number[]) =>
      share(values.map((value, i) => Math.abs(value - goals[i]) <= TOLERANCE));
    const byScore = scale !== undefined && isNumeric(scale);
    return {
      imageValidity: across(imageScores),
      latentValidity: across(latentScores),
      regressionSuccess: byScore
        ? near(imageScores, targetScores)
        : near(imageGrades, targetGrades),
      latentSuccess: byScore ? near(latentScores, targetScores) : near(latentGrades, targetGrades),
    };
  },
};

/** NaN of nothing. */
function share(answers: readonly boolean[]): number {
  return answers.filter(Boolean).length / answers.length;
}

/** Brings the metric `validity`. */
export const validityMetric = definePlugin({
  id: "@countergrade/validity-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
