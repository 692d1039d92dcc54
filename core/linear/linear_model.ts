/** The space that a linear model is fitted in, and its weights in another. */

import type { Standardization } from "./standardize.ts";

/** The space that a linear model is fitted in: x = (z − mean) / sigma, or x = z − mean. */
export function fitSpace(spread: Standardization, standardize: boolean): Standardization {
  return standardize ? spread : { mean: spread.mean, sigma: spread.sigma.map(() => 1) };
}

/** Weights of a model fitted in `space`, as weights on standardized codes. */
export function standardizedWeights(
  w: Float64Array,
  space: Standardization,
  spread: Standardization,
): Float64Array {
  return w.map((value, j) => value * spread.sigma[j] / space.sigma[j]);
}
