/** The metric `frechet`: do frames look like real images of the same grades, as a judge sees images? */

import {
  definePlugin,
  type MetricPlugin,
  metrics,
  type SeenImages,
} from "@countergrade/countergrade";
import { symmetricEigen } from "@countergrade/countergrade/linear";

/**
 * The distance of Fréchet between two normal distributions (Dowson and Landau 1982), as Heusel et al. 2017 have it for images:
 *
 *     d² = |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)
 *
 * with means and covariances of the judge's features, each image with its weight. Of few images it is too large; `frechetReal` says by
 * how much: that of as many real images as there are frames.
 *
 * @throws {RangeError} When there are not more images than features, so that a covariance has no full rank.
 */
export function frechetDistance(one: SeenImages, other: SeenImages): number {
  const [a, b] = [momentsOf(one), momentsOf(other)];
  const f = a.mean.length;
  const between = a.mean.reduce((sum, value, j) => sum + (value - b.mean[j]) ** 2, 0);
  const root = rootOf(a.covariance, f);
  const inner = product(product(root, b.covariance, f), root, f);
  const { values } = symmetricEigen(inner, f);
  const shared = values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return Math.max(0, between + trace(a.covariance, f) + trace(b.covariance, f) - 2 * shared);
}

/** Weighed mean `[f]` and covariance `[f, f]`. */
function momentsOf({ features: { shape: [n, f], data }, weights }: SeenImages) {
  if (n <= f) {
    throw new RangeError(
      `Cannot compare images: expected more of them than features, there are ${n} images for ${f} features`,
    );
  }
  const mean = new Float64Array(f);
  for (let i = 0; i < n; i++) for (let j = 0; j < f; j++) mean[j] += weights[i] * data[i * f + j];
  const covariance = new Float64Array(f * f);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < f; j++) {
      const from = weights[i] * (data[i * f + j] - mean[j]);
      for (let k = 0; k <= j; k++) covariance[j * f + k] += from * (data[i * f + k] - mean[k]);
    }
  }
  for (let j = 0; j < f; j++) {
    for (let k = 0; k < j; k++) covariance[k * f + j] = covariance[j * f + k];
  }
  return { mean, covariance };
}

/** The symmetric root of a covariance. */
function rootOf(covariance: Float64Array, f: number): Float64Array {
  const { values, vectors } = symmetricEigen(covariance, f);
  const out = new Float64Array(f * f);
  for (let e = 0; e < f; e++) {
    const root = Math.sqrt(Math.max(0, values[e]));
    for (let j = 0; j < f; j++) {
      const part = root * vectors[e * f + j];
      for (let k = 0; k < f; k++) out[j * f + k] += part * vectors[e * f + k];
    }
  }
  return out;
}

function product(a: Float64Array, b: Float64Array, f: number): Float64Array {
  const out = new Float64Array(f * f);
  for (let i = 0; i < f; i++) {
    for (let k = 0; k < f; k++) {
      const value = a[i * f + k];
      for (let j = 0; j < f; j++) out[i * f + j] += value * b[k * f + j];
    }
  }
  return out;
}

function trace(matrix: Float64Array, f: number): number {
  let sum = 0;
  for (let j = 0; j < f; j++) sum += matrix[j * f + j];
  return sum;
}

const member: MetricPlugin = {
  name: "frechet",
  description:
    "Squared Fréchet distance to real images of the same grades in a judge's features (lower is better; units of the features): of frames, of " +
    "reconstructions, and of as many other real images, which is what few images alone make of it (frechetFrames, frechetReconstructions, frechetReal)",
  measure: () => ({}),
  together: ({ real, otherReal, reconstructions, frames }) => {
    const to = (images: SeenImages) => {
      const [n, f] = images.features.shape;
      return n > f && real.features.shape[0] > f ? frechetDistance(real, images) : NaN;
    };
    return {
      frechetFrames: to(frames),
      frechetReconstructions: to(reconstructions),
      frechetReal: to(otherReal),
    };
  },
};

/** Brings the metric `frechet`. */
export const frechetMetric = definePlugin({
  id: "@countergrade/frechet-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
