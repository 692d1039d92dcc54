/** Standardization: codes in units of their own spread, so that no dimension outweighs another. */

import { InputError } from "../errors.ts";
import { type Codes, expectShape } from "../tensor.ts";

/** The mean and standard deviation (divisor n) of each code dimension, `[d]` each. */
export interface Standardization {
  /** `[d]`, of the training codes. */
  readonly mean: Float64Array;
  /** 1 where a dimension is constant, so that dividing by it is safe. */
  readonly sigma: Float64Array;
}

/**
 * Measures codes `[n, d]`.
 *
 * @throws {TypeError} When the shape is wrong.
 * @throws {InputError} When there are no codes, or one is NaN or infinite, or all of them are the same.
 */
export function standardization(codes: Codes): Standardization {
  expectShape("measure codes", codes, [null, null]);
  const { data, shape: [n, d] } = codes;
  if (n === 0 || d === 0) {
    throw new InputError(
      `Cannot measure codes: expected at least one, current shape is [${n}, ${d}]`,
    );
  }
  const mean = new Float64Array(d);
  for (let at = 0; at < data.length; at += d) {
    for (let j = 0; j < d; j++) mean[j] += data[at + j];
  }
  // Sums of floats stay within the range of doubles: one that is not finite tells of a number that is not.
  if (!mean.every(Number.isFinite)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    throw new InputError(
      `Cannot measure codes: expected finite numbers, row ${Math.floor(at / d)} has ${
        data[at]
      } in dimension ${at % d}`,
    );
  }
  for (let j = 0; j < d; j++) mean[j] /= n;
  const sigma = new Float64Array(d);
  for (let at = 0; at < data.length; at += d) {
    for (let j = 0; j < d; j++) sigma[j] += (data[at + j] - mean[j]) ** 2;
  }
  for (let j = 0; j < d; j++) {
    const deviation = Math.sqrt(sigma[j] / n);
    // A constant column may still show rounding noise around its mean.
    sigma[j] = deviation > 1e-7 * Math.abs(mean[j]) ? deviation : 0;
  }
  if (sigma.every((s) => s === 0)) {
    throw new InputError("Cannot measure codes: expected them to differ, all codes are the same");
  }
  return { mean, sigma: sigma.map((s) => s || 1) };
}
