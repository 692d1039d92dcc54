/** The leading eigenvectors of a large symmetric matrix. */

import { Random } from "../random.ts";
import { symmetricEigen } from "./symmetric_eigen.ts";

/** Vectors iterated beside those asked for: the gap to the first one left out sets the speed. */
const SPARE = 8;
const MOST_ITERATIONS = 2000;

/**
 * The `count` leading eigenvectors and eigenvalues, falling, of a symmetric `[d, d]` matrix without negative ones, by orthogonal
 * iteration with Rayleigh–Ritz projection (Golub and Van Loan, Matrix Computations, §8.2.4).
 *
 * @param tolerance Of ‖Cq − λq‖.
 */
export function leadingEigenvectors(
  matrix: Float64Array,
  d: number,
  count: number,
  tolerance: number,
) {
  const random = new Random("principal components");
  let basis = orthonormal(
    Array.from({ length: Math.min(d, count + SPARE) }, () => Float64Array.from(random.normals(d))),
    random,
  );
  for (let iteration = 1;; iteration++) {
    const images = basis.map((q) => product(matrix, q));
    const { values, vectors } = symmetricEigen(
      basis.flatMap((q) => images.map((y) => inner(q, y))),
      basis.length,
    );
    const turns = basis.map((_, i) => vectors.subarray(i * basis.length, (i + 1) * basis.length));
    const ritz = turns.map((turn) => combined(basis, turn));
    const moved = turns.map((turn) => combined(images, turn));
    const settled = ritz.slice(0, count).every((q, i) =>
      Math.sqrt(moved[i].reduce((sum, y, j) => sum + (y - values[i] * q[j]) ** 2, 0)) <= tolerance
    );
    if (settled || iteration === MOST_ITERATIONS) {
      return {
        vectors: ritz.slice(0, count),
        values: values.slice(0, count).map((value) => Math.max(0, value)),
      };
    }
    basis = orthonormal(moved, random);
  }
}

/** Gram–Schmidt, each vector twice; what vanishes, as in a matrix of low rank, is drawn anew. */
function orthonormal(vectors: readonly Float64Array[], random: Random): Float64Array[] {
  const done: Float64Array[] = [];
  for (let vector of vectors) {
    for (;;) {
      const before = Math.sqrt(inner(vector, vector));
      for (let pass = 0; pass < 2; pass++) {
        for (const q of done) {
          const share = inner(q, vector);
          vector = vector.map((value, j) => value - share * q[j]);
        }
      }
      const length = Math.sqrt(inner(vector, vector));
      if (length > 1e-12 * before) {
        done.push(vector.map((value) => value / length));
        break;
      }
      vector = Float64Array.from(random.normals(vector.length));
    }
  }
  return done;
}

function combined(vectors: readonly Float64Array[], weights: ArrayLike<number>): Float64Array {
  const out = new Float64Array(vectors[0].length);
  vectors.forEach((vector, i) => vector.forEach((value, j) => out[j] += weights[i] * value));
  return out;
}

function product(matrix: Float64Array, x: Float64Array): Float64Array {
  const d = x.length;
  return x.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += matrix[i * d + j] * x[j];
    return sum;
  });
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
