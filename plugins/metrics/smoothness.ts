/** The metric `smoothness`: does the image change evenly along the path, and in one direction? */

import { definePlugin, type MetricPlugin, metrics, type Tensor } from "@countergrade/countergrade";
import { rowDistance } from "./row_distance.ts";

/**
 * Over consecutive frames i, with step lengths sᵢ = ‖x'ᵢ₊₁ − x'ᵢ‖ in pixels and in re-encoded codes:
 *
 * - `stepVariation`: standard deviation of the sᵢ in pixels over their mean; 0 is even
 * - `straightness` = ‖last − first‖ / Σsᵢ in re-encoded codes, `imageStraightness` in pixels: 1 is a straight line
 *   (the inverse of the tortuosity of a curve)
 *
 * Paths of fewer than two steps have no such figures.
 */
const member: MetricPlugin = {
  name: "smoothness",
  description:
    "stepVariation: spread of the image change per step over its mean (0 is even); straightness of the path in re-encoded codes " +
    "and imageStraightness in pixels: distance of its ends over its length (0–1, higher is straighter)",
  measure({ frames, reencoded }) {
    const steps = stepsOf(frames);
    const mean = sum(steps) / steps.length;
    const spread = Math.sqrt(sum(steps.map((s) => (s - mean) ** 2)) / steps.length);
    return {
      stepVariation: steps.length < 2 || mean === 0 ? NaN : spread / mean,
      straightness: straightness(reencoded),
      imageStraightness: straightness(frames),
    };
  },
};

function stepsOf(path: Tensor): number[] {
  return Array.from({ length: path.shape[0] - 1 }, (_, i) => rowDistance(path, i, path, i + 1));
}

function straightness(path: Tensor): number {
  const steps = stepsOf(path);
  const length = sum(steps);
  if (steps.length < 2 || length === 0) return NaN;
  return rowDistance(path, 0, path, steps.length) / length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Brings the metric `smoothness`. */
export const smoothnessMetric = definePlugin({
  id: "@countergrade/smoothness-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
