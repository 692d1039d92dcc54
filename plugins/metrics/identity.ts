/** The metric `identity`: is it still the same patient, apart from the grade? */

import { definePlugin, type MetricPlugin, metrics, rowSize } from "@countergrade/countergrade";
import { rowDistance } from "./row_distance.ts";

/**
 * For each frame that was edited, with u the unit vector of its edit z' − z and a⊥ = a − (a·u)u:
 *
 * - `identity` = cos(z⊥, E(x')⊥), z the original's code and E(x') that of the re-encoded frame, the mean over frames: 1 when
 *   the image changed in nothing but what was edited. (The cosine used for face identity, Deng et al. 2019, on the code without the
 *   edited direction.) Codes share a mean, so look at differences from 1.
 * - `identityDrift` = ‖(E(x') − z)⊥‖ / ‖z' − z‖: unwanted over wanted change; lower is better
 */
const member: MetricPlugin = {
  name: "identity",
  description:
    "Cosine (−1 to 1, higher is better) of the codes of the original and of the re-encoded frame without their parts along the edit, " +
    "and identityDrift: the change across the edit over the edit's length (lower is better)",
  measure({ code, codes, reencoded }) {
    const d = rowSize(code);
    const cosines: number[] = [];
    const drifts: number[] = [];
    for (let i = 0; i < codes.shape[0]; i++) {
      const length = rowDistance(codes, i, code, 0);
      if (length === 0) continue;
      const at = (j: number) => (codes.data[i * d + j] - code.data[j]) / length;
      const u = Float64Array.from({ length: d }, (_, j) => at(j));
      const before = across(Float64Array.from(code.data), u);
      const after = across(Float64Array.from(reencoded.data.subarray(i * d, (i + 1) * d)), u);
      cosines.push(inner(before, after) / Math.sqrt(inner(before, before) * inner(after, after)));
      const change = after.map((value, j) => value - before[j]);
      drifts.push(Math.sqrt(inner(change, change)) / length);
    }
    return { identity: mean(cosines), identityDrift: mean(drifts) };
  },
};

/** a − (a·u)u */
function across(a: Float64Array, u: Float64Array): Float64Array {
  const along = inner(a, u);
  return a.map((value, j) => value - along * u[j]);
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, j) => sum + value * b[j], 0);
}

/** NaN of nothing. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Brings the metric `identity`. */
export const identityMetric = definePlugin({
  id: "@countergrade/identity-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
