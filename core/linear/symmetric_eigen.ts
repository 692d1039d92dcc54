/** Eigenvalues and eigenvectors of a small symmetric matrix. */

/** What a symmetric matrix does along its own axes. */
export interface SymmetricEigen {
  /** Eigenvalues `[size]`, the largest first. */
  readonly values: Float64Array;
  /** Unit eigenvectors as rows `[size, size]`, in the order of the values. */
  readonly vectors: Float64Array;
}

/** Sweeps over all pairs; the error falls quadratically, so ten are plenty. */
const MOST_SWEEPS = 50;

/**
 * Diagonalizes a symmetric `[size, size]` matrix by cyclic Jacobi rotations (Golub & Van Loan, Matrix Computations,
 * 8.5): slow beyond a few hundred rows, and accurate to rounding. Only the lower triangle is read.
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
  const a = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = matrix[i * size + j];
      if (!Number.isFinite(value)) {
        throw new RangeError(
          `Cannot diagonalize the matrix: expected finite numbers, got ${value}`,
        );
      }
      a[i * size + j] = a[j * size + i] = value;
    }
  }
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS && !isDiagonal(a, size); sweep++) {
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
    }
  }
  return sorted(a, v, size);
}

/** Whether what is left beside the diagonal is rounding. */
function isDiagonal(a: Float64Array, size: number): boolean {
  let beside = 0;
  let on = 0;
  for (let i = 0; i < size; i++) {
    on += a[i * size + i] ** 2;
    for (let j = 0; j < i; j++) beside += 2 * a[i * size + j] ** 2;
  }
  return beside <= 1e-30 * (on + beside);
}

/** One rotation in the plane of axes p and q that makes a[p, q] zero; the same rotation of the rows of v. */
function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number): void {
  const off = a[p * size + q];
  if (off === 0) return;
  const theta = (a[q * size + q] - a[p * size + p]) / (2 * off);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < size; k++) {
    const [x, y] = [a[k * size + p], a[k * size + q]];
    a[k * size + p] = c * x - s * y;
    a[k * size + q] = s * x + c * y;
  }
  for (let k = 0; k < size; k++) {
    const [x, y] = [a[p * size + k], a[q * size + k]];
    a[p * size + k] = c * x - s * y;
    a[q * size + k] = s * x + c * y;
    const [u, w] = [v[p * size + k], v[q * size + k]];
    v[p * size + k] = c * u - s * w;
    v[q * size + k] = s * u + c * w;
  }
}

function sorted(a: Float64Array, v: Float64Array, size: number): SymmetricEigen {
  const order = Array.from({ length: size }, (_, i) => i)
    .sort((i, j) => a[j * size + j] - a[i * size + i]);
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => {
    const vector = v.subarray(from * size, (from + 1) * size);
    const largest = vector.reduce((best, x) => Math.abs(x) > Math.abs(best) ? x : best, 0);
    vectors.set(largest < 0 ? vector.map((x) => -x) : vector, to * size);
  });
  return { values: Float64Array.from(order, (i) => a[i * size + i]), vectors };
}
