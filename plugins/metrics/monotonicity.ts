/** The metric `monotonicity`: do the images get worse in the order that was asked for? */

import { definePlugin, type MetricPlugin, metrics } from "@countergrade/countergrade";
import { kendallTau, meanAbsoluteError } from "@countergrade/countergrade/review";

/**
 * - `kendallTau`: Kendall's τ-b of requested and re-encoded grade over the frames (Kendall 1945); 1 is perfect order, NaN
 *   for paths of one frame
 * - `gradeMae`: mean |ĝ(E(x')) − g*| over the frames, in grades
 */
const member: MetricPlugin = {
  name: "monotonicity",
  description:
    "Kendall's τ-b of the requested grades and those of the re-encoded images (−1 to 1, higher is better), and their mean " +
    "absolute difference gradeMae in grades (lower is better)",
  measure: ({ targetGrades, imageGrades }) => ({
    kendallTau: kendallTau(targetGrades, imageGrades),
    gradeMae: meanAbsoluteError(targetGrades, imageGrades),
  }),
};

/** Brings the metric `monotonicity`. */
export const monotonicityMetric = definePlugin({
  id: "@countergrade/monotonicity-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
