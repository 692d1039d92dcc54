/** What linear models compute again and again: projections of codes, and the pullback. */

import type { Standardisation } from "./standardise.ts";
import type { Codes } from "./tensor.ts";

/** The space that a linear model is fitted in: x = (z − mean) / sigma. */
export function fitSpace(spread: Standardisation, standardise: boolean): Standardisation {
  return standardise ? spread : { mean: spread.mean, sigma: spread.sigma.map(() => 1) };
}

/** w·x `[n]` of codes `[n, d]`, x = (z − mean) / sigma. */
export function project(codes: Codes, space: Standardisation, w: Float64Array): Float64Array {
  const [n, d] = codes.shape;
  const slopes = w.map((value, j) => value / space.sigma[j]);
  let shift = 0;
  for (let j = 0; j < d; j++) shift += slopes[j] * space.mean[j];
  const out = new Float64Array(n);
  for (let i = 0, at = 0; i < n; i++) {
    let sum = -shift;
    for (let j = 0; j < d; j++, at++) sum += slopes[j] * codes.data[at];
    out[i] = sum;
  }
  return out;
}

/** Σᵢ gᵢ·xᵢ `[d]`: the pullback of {@linkcode project}. */
export function pullBack(codes: Codes, space: Standardisation, g: Float64Array): Float64Array {
  const [n, d] = codes.shape;
  const out = new Float64Array(d);
  let total = 0;
  for (let i = 0, at = 0; i < n; i++) {
    total += g[i];
    for (let j = 0; j < d; j++, at++) out[j] += g[i] * codes.data[at];
  }
  for (let j = 0; j < d; j++) out[j] = (out[j] - total * space.mean[j]) / space.sigma[j];
  return out;
}

/** Weights of a model fitted in `space`, as weights on standardised codes. */
export function standardisedWeights(
  w: Float64Array,
  space: Standardisation,
  spread: Standardisation,
): Float64Array {
  return w.map((value, j) => value * spread.sigma[j] / space.sigma[j]);
}
