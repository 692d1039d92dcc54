/** The metric `effectiveness`: how far is what somebody sees in a frame from what was asked for? */

import { definePlugin, type MetricPlugin, metrics } from "@countergrade/countergrade";

/**
 * Effectiveness (Monteiro et al. 2023): `effectivenessMae` = mean |ĝ(x') − g*| in grades, ĝ whoever reads the frames. By the own probe it
 * says little, since that led the edit; an evaluation with a judge measures it once more by the judge.
 */
const member: MetricPlugin = {
  name: "effectiveness",
  description:
    "Mean absolute difference in grades of what is read in a frame and what was asked for (lower is better): by the own probe, and beside " +
    "it by the judge where an evaluation has one, which is the figure that counts",
  measure({ imageGrades, targetGrades }) {
    const misses = imageGrades.map((grade, i) => Math.abs(grade - targetGrades[i]));
    return { effectivenessMae: misses.reduce((sum, miss) => sum + miss, 0) / misses.length };
  },
};

/** Brings the metric `effectiveness`. */
export const effectivenessMetric = definePlugin({
  id: "@countergrade/effectiveness-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
