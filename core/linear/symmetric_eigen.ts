/** Eigenvalues and eigenvectors of a symmetric matrix. */

import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** What a symmetric matrix does along its own axes. */
export interface SymmetricEigen {
  /** Eigenvalues `[size]`, the largest first. */
  readonly values: Float64Array;
  /** Unit eigenvectors as rows `[size, size]`, in the order of the values. */
  readonly vectors: Float64Array;
}

/**
 * Diagonalizes a symmetric `[size, size]` matrix, accurate to rounding. Time grows with the cube of the size: about a second for 512
 * rows. Only the lower triangle is read.
 *
 * The sign of a vector is chosen so that its largest entry is positive: the same matrix always gives the same vectors.
 *
 * @throws {TypeError} When there are fewer than size² numbers.
 * @throws {RangeError} When a number is not finite.
 * @example
 * ```ts
 * import { symmetricEigen } from "@countergrade/countergrade/linear";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { values } = symmetricEigen([2, 1, 1, 2], 2);
 * assertAlmostEquals(values[0], 3);
 * assertAlmostEquals(values[1], 1);
 * ```
 */
export function symmetricEigen(matrix: ArrayLike<number>, size: number): SymmetricEigen {
  if (matrix.length < size * size) {
    throw new TypeError(
      `Cannot diagonalize the matrix: expected ${size * size} numbers, there are ${matrix.length}`,
    );
  }
  // The library refuses a matrix without numbers.
  if (size === 0) return { values: new Float64Array(0), vectors: new Float64Array(0) };
  const a = new Matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = matrix[i * size + j];
      if (!Number.isFinite(value)) {
        throw new RangeError(
          `Cannot diagonalize the matrix: expected finite numbers, got ${value}`,
        );
      }
      a.set(i, j, value);
      a.set(j, i, value);
    }
  }
  // The library finds them rising.
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(a, {
    assumeSymmetric: true,
  });
  const vectors = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    vectors.set(turned(eigenvectorMatrix.getColumn(size - 1 - k)), k * size);
  }
  return { values: Float64Array.from(realEigenvalues).reverse(), vectors };
}

/** The sign that makes the entry of the greatest size positive. */
function turned(vector: readonly number[]): readonly number[] {
  const greatest = vector.reduce((best, x) => Math.abs(x) > Math.abs(best) ? x : best, 0);
  return greatest < 0 ? vector.map((x) => -x) : vector;
}
