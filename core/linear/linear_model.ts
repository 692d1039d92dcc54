/** The space that a linear model is fitted in, and its weights in another. */

import type { Standardisation } from "./standardize.ts";

/** The space that a linear model is fitted in: x = (z − mean) / sigma, or x = z − mean. */
export function fitSpace(spread: Standardisation, standardise: boolean): Standardisation {
  return standardise ? spread : { mean: spread.mean, sigma: spread.sigma.map(() => 1) };
}

/** Weights of a model fitted in `space`, as weights on standardised codes. */
export function standardisedWeights(
  w: Float64Array,
  space: Standardisation,
  spread: Standardisation,
): Float64Array {
  return w.map((value, j) => value * spread.sigma[j] / space.sigma[j]);
}
