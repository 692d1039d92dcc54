/** The softmax over linear logits: what a multinomial probe computes of codes. */

import { type Codes, expectShape, zeros } from "@countergrade/countergrade";
import type { Standardization } from "@countergrade/countergrade/linear";

/** A softmax over logits fₖ = wₖ·x + bₖ of standardized codes, for the classes that were there to learn. */
export interface Softmax extends Standardization {
  /** Indices of those classes, rising, `[m]`; all others have probability 0. */
  readonly present: readonly number[];
  /** `[m, d]` */
  readonly weights: readonly (readonly number[])[];
  readonly intercepts: readonly number[];
}

/** The logits `[n, m]` of codes `[n, d]`. */
export function logits({ mean, sigma, weights, intercepts }: Softmax, codes: Codes): Float64Array {
  const d = mean.length;
  expectShape("classify codes", codes, [null, d]);
  const m = weights.length;
  const out = new Float64Array(codes.shape[0] * m);
  const x = new Float64Array(d);
  for (let i = 0; i < codes.shape[0]; i++) {
    for (let j = 0; j < d; j++) x[j] = (codes.data[i * d + j] - mean[j]) / sigma[j];
    for (let k = 0; k < m; k++) {
      let sum = intercepts[k];
      for (let j = 0; j < d; j++) sum += weights[k][j] * x[j];
      out[i * m + k] = sum;
    }
  }
  return out;
}

/** log Σ e^f over a row, without the entry `except`. */
export function logSum(f: Float64Array, except = -1): number {
  const most = f.reduce((most, value, k) => k === except ? most : Math.max(most, value), -Infinity);
  return most +
    Math.log(f.reduce((sum, value, k) => k === except ? sum : sum + Math.exp(value - most), 0));
}

/** log p/(1 − p) `[n]` of a class, from logits `[n, m]`: its own less the log-sum of all others. */
export function oddsOf({ present }: Softmax, logits: Float64Array, index: number): Float64Array {
  const [m, k] = [present.length, present.indexOf(index)];
  return Float64Array.from({ length: logits.length / m }, (_, i) => {
    const f = logits.subarray(i * m, (i + 1) * m);
    return k < 0 ? -Infinity : f[k] - logSum(f, k);
  });
}

/** The shares `[m]` of the weights in ∂ log-odds/∂x of class k: 1 of its own, −q of the others, q the softmax among these. */
function sharesOf(f: Float64Array, k: number): Float64Array {
  const rest = logSum(f, k);
  return f.map((value, l) => l === k ? 1 : -Math.exp(value - rest));
}

/** ∂ log-odds/∂x `[n, d]` in standardized space: wₖ − Σ_{l≠k} qₗ·wₗ, q the softmax of the others. */
export function slopesOf(softmax: Softmax, codes: Codes, index: number): Codes {
  const { weights, present } = softmax;
  const [m, k] = [present.length, present.indexOf(index)];
  const all = logits(softmax, codes);
  const out = zeros(codes.shape);
  const d = codes.shape[1];
  for (let i = 0; i < codes.shape[0]; i++) {
    if (k < 0) break;
    sharesOf(all.subarray(i * m, (i + 1) * m), k).forEach((share, l) => {
      for (let j = 0; j < d; j++) out.data[i * d + j] += share * weights[l][j];
    });
  }
  return out;
}

/** The mean length of {@linkcode slopesOf} over rows of logits `[n, m]`, by way of the products of the weights. */
export function slopeLength(
  { weights, present }: Softmax,
  logits: Float64Array,
  index: number,
): number {
  const [m, k] = [present.length, present.indexOf(index)];
  if (k < 0) return 0;
  const products = weights.map((a) => weights.map((b) => a.reduce((s, w, j) => s + w * b[j], 0)));
  const n = logits.length / m;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const shares = sharesOf(logits.subarray(i * m, (i + 1) * m), k);
    let square = 0;
    shares.forEach((a, l) => shares.forEach((b, q) => square += a * b * products[l][q]));
    sum += Math.sqrt(Math.max(0, square)) / n;
  }
  return sum;
}
