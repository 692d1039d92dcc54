/** The Cholesky factorization of a symmetric positive definite matrix, and solving with it. */

/** The lower triangle L of A = L·Lᵀ, row-major `[d, d]` in double precision. */
export interface Cholesky {
  readonly size: number;
  readonly lower: Float64Array;
}

/**
 * Factorizes a symmetric `[size, size]` matrix; only its lower triangle is read.
 *
 * @throws {RangeError} When the matrix is not positive definite.
 * @example
 * ```ts
 * import { cholesky, solve } from "./cholesky.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...solve(cholesky([4, 0, 0, 9], 2), Float64Array.of(4, 18))], [1, 2]);
 * ```
 */
export function cholesky(matrix: ArrayLike<number>, size: number): Cholesky {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j];
      for (let k = 0; k < j; k++) sum -= lower[i * size + k] * lower[j * size + k];
      if (i !== j) {
        lower[i * size + j] = sum / lower[j * size + j];
      } else if (sum > 0) {
        lower[i * size + i] = Math.sqrt(sum);
      } else {
        throw new RangeError(
          `Cannot factorize the matrix: expected it to be positive definite, pivot ${i} is ${sum}`,
        );
      }
    }
  }
  return { size, lower };
}

/** Solves L·y = x. The squared length of y is xᵀA⁻¹x. */
export function solveLower({ size, lower }: Cholesky, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = x[i];
    for (let k = 0; k < i; k++) sum -= lower[i * size + k] * y[k];
    y[i] = sum / lower[i * size + i];
  }
  return y;
}

/** Solves A·y = x. */
export function solve(factor: Cholesky, x: ArrayLike<number>): Float64Array {
  const { size, lower } = factor;
  const y = solveLower(factor, x);
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) y[i] -= lower[k * size + i] * y[k];
    y[i] /= lower[i * size + i];
  }
  return y;
}
