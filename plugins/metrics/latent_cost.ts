/** The metric `latentCost`: how far through latent space did the edits go? */

import { definePlugin, type MetricPlugin, metrics, rowSize } from "@countergrade/countergrade";

/**
 * Means over the frames:
 *
 * - `latentLength` = √(ΔzᵀΣ⁻¹Δz), in σ of the training codes
 * - `latentRatio`: that over the least possible for the same change of score, |f* − f|/√(gᵀΣg); 1 is the best
 * - `latentEuclidean` = ‖Δz‖ in raw units
 */
const member: MetricPlugin = {
  name: "latentCost",
  description:
    "Mean length of the edits: latentLength in σ of the training codes, latentRatio to the least possible (1 is best), " +
    "latentEuclidean in raw units. Lower is better",
  measure({ code, codes, lengths, lengthRatios }) {
    const d = rowSize(code);
    const euclidean = lengths.map((_, i) => {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (codes.data[i * d + j] - code.data[j]) ** 2;
      return Math.sqrt(sum);
    });
    return {
      latentLength: mean(lengths),
      latentRatio: mean(lengthRatios ?? []),
      latentEuclidean: mean(euclidean),
    };
  },
};

/** NaN of nothing. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Brings the metric `latentCost`. */
export const latentCostMetric = definePlugin({
  id: "@countergrade/latent-cost-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
