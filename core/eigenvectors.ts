/** Eigenvectors of symmetric matrices: the leading ones of a large, all of a small. */

import { Random } from "./random.ts";

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
    const { values, vectors: turns } = jacobi(basis.map((q) => images.map((y) => inner(q, y))));
    const ritz = turns.map((turn) => combined(basis, turn));
    const moved = turns.map((turn) => combined(images, turn));
    const settled = ritz.slice(0, count).every((q, i) =>
      Math.sqrt(moved[i].reduce((sum, y, j) => sum + (y - values[i] * q[j]) ** 2, 0)) <= tolerance
    );
    if (settled || iteration === MOST_ITERATIONS) {
      return {
        vectors: ritz.slice(0, count),
        values: Float64Array.from(values.slice(0, count), (value) => Math.max(0, value)),
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

/**
 * Eigenvalues, falling, and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, §8.5).
 */
function jacobi(rows: readonly number[][]): { values: number[]; vectors: number[][] } {
  const a = rows.map((row) => [...row]);
  const n = a.length;
  const v = a.map((_, i) => a.map((_, j): number => i === j ? 1 : 0));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0, on = 0;
    a.forEach((row, i) =>
      row.forEach((value, j) => i === j ? on += value ** 2 : off += value ** 2)
    );
    if (off <= 1e-30 * on) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p][q] === 0) continue;
        // The rotation that makes a[p][q] zero: t = tan of its angle, the smaller root of t² + 2θt = 1.
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta ** 2 + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
        }
        for (let k = 0; k < n; k++) {
          [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
          [v[p][k], v[q][k]] = [c * v[p][k] - s * v[q][k], s * v[p][k] + c * v[q][k]];
        }
      }
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j][j] - a[i][i]);
  return { values: order.map((i) => a[i][i]), vectors: order.map((i) => v[i]) };
}

function combined(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
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
