/** Principal components: the directions in which codes differ most. */

import { InputError } from "../errors.ts";
import { gram } from "./gram.ts";
import { symmetricEigen } from "./symmetric_eigen.ts";
import { type Codes, expectShape } from "../tensor.ts";

/** The leading principal components of codes `[n, d]`. */
export interface PrincipalComponents {
  /** Mean of the codes `[d]`. */
  readonly mean: Float64Array;
  /** Directions of unit length `[count, d]`, orthogonal, the largest entry of each positive. */
  readonly directions: readonly Float64Array[];
  /** Variance of the codes along each (divisor n − 1), falling. */
  readonly variances: Float64Array;
  /** These over the variance in all directions. */
  readonly explained: Float64Array;
}

/**
 * Finds the `count` leading eigenvectors of the covariance.
 *
 * @throws {TypeError} When the codes are not a matrix.
 * @throws {InputError} When there are fewer than two codes, they are not finite, or there are fewer dimensions than `count`.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { principalComponents } from "@countergrade/countergrade/linear";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { directions, explained } = principalComponents(tensor([3, 2], [0, 0, 1, 2, 2, 4]), 1);
 * assertAlmostEquals(directions[0][1] / directions[0][0], 2, 1e-6);
 * assertAlmostEquals(explained[0], 1, 1e-6);
 * ```
 */
export function principalComponents(codes: Codes, count: number): PrincipalComponents {
  expectShape("find principal components", codes, [null, null]);
  const [n, d] = codes.shape;
  if (n < 2 || d < count) {
    throw new InputError(
      `Cannot find principal components: expected at least 2 codes of length ${count} or more, current shape is [${n}, ${d}]`,
    );
  }
  const odd = codes.data.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new InputError(
      `Cannot find principal components: expected finite numbers, code ${Math.floor(odd / d)} has ${
        codes.data[odd]
      }`,
    );
  }
  const { mean, covariance } = covarianceOf(codes);
  let total = 0;
  for (let j = 0; j < d; j++) total += covariance[j * (d + 1)];
  const { values, vectors } = symmetricEigen(covariance, d);
  // A covariance has no negative eigenvalue, but for rounding.
  const variances = values.slice(0, count).map((value) => Math.max(0, value));
  return {
    mean,
    directions: Array.from({ length: count }, (_, k) => vectors.slice(k * d, (k + 1) * d)),
    variances,
    explained: variances.map((value) => total > 0 ? value / total : 0),
  };
}

/** Codes `[n, d]` in the coordinates of components, `[n, count]` row by row. */
export function projectCodes(
  { mean, directions }: PrincipalComponents,
  codes: Codes,
): Float64Array {
  const d = mean.length;
  expectShape("project codes", codes, [null, d]);
  const count = directions.length;
  return Float64Array.from({ length: codes.shape[0] * count }, (_, k) => {
    const [i, direction] = [Math.floor(k / count), directions[k % count]];
    let sum = 0;
    for (let j = 0; j < d; j++) sum += direction[j] * (codes.data[i * d + j] - mean[j]);
    return sum;
  });
}

/** Mean and covariance (divisor n − 1), in double precision. */
function covarianceOf({ shape: [n, d], data }: Codes) {
  const mean = new Float64Array(d);
  for (let k = 0; k < data.length; k++) mean[k % d] += data[k] / n;
  const covariance = gram(n, d, (i, away) => {
    for (let j = 0; j < d; j++) away[j] = data[i * d + j] - mean[j];
  }).map((sum) => sum / (n - 1));
  return { mean, covariance };
}
