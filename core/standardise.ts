/** Standardisation: codes in units of their own spread, so that no dimension outweighs another. */

import { InputError } from "./errors.ts";
import { type Codes, expectShape } from "./tensor.ts";

/** The mean and standard deviation (divisor n) of each code dimension, `[d]` each. */
export interface Standardisation {
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
export function standardisation(codes: Codes): Standardisation {
  expectShape("measure codes", codes, [null, null]);
  const [n, d] = codes.shape;
  if (n === 0 || d === 0) {
    throw new InputError(
      `Cannot measure codes: expected at least one, current shape is [${n}, ${d}]`,
    );
  }
  const { data } = codes;
  const mean = new Float64Array(d);
  const variance = new Float64Array(d);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < d; j++, at++) mean[j] += data[at];
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
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < d; j++, at++) {
      const away = data[at] - mean[j];
      variance[j] += away * away;
    }
  }
  for (let j = 0; j < d; j++) variance[j] /= n;
  // A constant column may still show rounding noise around its mean.
  const sigma = variance.map((v, j) => Math.sqrt(v) > 1e-7 * Math.abs(mean[j]) ? Math.sqrt(v) : 0);
  if (sigma.every((s) => s === 0)) {
    throw new InputError("Cannot measure codes: expected them to differ, all codes are the same");
  }
  return { mean, sigma: sigma.map((s) => s || 1) };
}
