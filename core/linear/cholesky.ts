/** The Cholesky factorization of a symmetric positive definite matrix, and solving with it. */

/** The lower triangle L of A = L·Lᵀ, row-major `[d, d]` in double precision. */
export interface Cholesky {
  /** d */
  readonly size: number;
  /** L, zeros above its diagonal. */
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
  for (let j = 0; j < size; j++) {
    const row = j * size;
    let pivot = matrix[row + j];
    for (let k = 0; k < j; k++) pivot -= lower[row + k] ** 2;
    if (!(pivot > 0)) {
      throw new RangeError(
        `Cannot factorize the matrix: expected it to be positive definite, pivot ${j} is ${pivot}`,
      );
    }
    const diagonal = lower[row + j] = Math.sqrt(pivot);
    // What is below, four rows at a time: their sums need not wait for one another.
    let i = j + 1;
    for (; i + 3 < size; i += 4) {
      const a = i * size, b = a + size, c = b + size, d = c + size;
      let p = matrix[a + j], q = matrix[b + j], r = matrix[c + j], s = matrix[d + j];
      for (let k = 0; k < j; k++) {
        const l = lower[row + k];
        p -= l * lower[a + k];
        q -= l * lower[b + k];
        r -= l * lower[c + k];
        s -= l * lower[d + k];
      }
      lower[a + j] = p / diagonal;
      lower[b + j] = q / diagonal;
      lower[c + j] = r / diagonal;
      lower[d + j] = s / diagonal;
    }
    for (; i < size; i++) {
      const a = i * size;
      let p = matrix[a + j];
      for (let k = 0; k < j; k++) p -= lower[row + k] * lower[a + k];
      lower[a + j] = p / diagonal;
    }
  }
  return { size, lower };
}

/** Solves A·y = x. */
export function solve(factor: Cholesky, x: ArrayLike<number>): Float64Array {
  return solveUpper(factor, solveLower(factor, x));
}

/** Solves L·y = x. The squared length of y is xᵀA⁻¹x. */
export function solveLower({ size, lower }: Cholesky, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    // Four sums, which need not wait for one another.
    let p = 0, q = 0, r = 0, s = 0, k = 0;
    for (; k + 3 < i; k += 4) {
      p += lower[row + k] * y[k];
      q += lower[row + k + 1] * y[k + 1];
      r += lower[row + k + 2] * y[k + 2];
      s += lower[row + k + 3] * y[k + 3];
    }
    for (; k < i; k++) p += lower[row + k] * y[k];
    y[i] = (x[i] - (p + q) - (r + s)) / lower[row + i];
  }
  return y;
}

/** Solves Lᵀ·y = x. */
export function solveUpper({ size, lower }: Cholesky, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(x);
  for (let i = size - 1; i >= 0; i--) {
    const row = i * size;
    const value = y[i] /= lower[row + i];
    for (let k = 0; k < i; k++) y[k] -= lower[row + k] * value;
  }
  return y;
}

/** Lᵀ·x: undoes {@linkcode solveUpper}. */
export function timesUpper({ size, lower }: Cholesky, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k <= i; k++) y[k] += lower[i * size + k] * x[i];
  }
  return y;
}
