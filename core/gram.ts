/** Products of all pairs of rows or columns of standardised codes, and their Cholesky factor, in blocks. */

import type { CodeMatrix } from "./code_matrix.ts";
import { arena, padded } from "./products.ts";

/** Columns of the transposed codes, or rows of the factor, that are worked on at a time. */
const [BLOCK, TILE] = [128, 32];

/** Σ over rows of xᵢ·xⱼ: the lower triangle of XᵀX, row-major `[d, d]`, from every row or from `most` spread evenly. */
export function gram(
  matrix: CodeMatrix,
  most = Infinity,
): { products: Float64Array; rows: number } {
  const d = matrix.columns;
  const wide = padded(d);
  const count = Math.min(matrix.rows, most);
  const memory = arena(wide * (BLOCK + wide));
  const block = memory.doubles(wide * BLOCK);
  const out = memory.doubles(wide * wide);
  for (let start = 0; start < count; start += BLOCK) {
    const length = Math.min(BLOCK, count - start);
    if (length < BLOCK) block.values.fill(0);
    for (let k = 0; k < length; k++) {
      const x = matrix.row(Math.floor((start + k) * matrix.rows / count));
      for (let j = 0; j < d; j++) block.values[j * BLOCK + k] = x[j];
    }
    const at = block.address;
    memory.multiply(at, wide, at, wide, 8 * BLOCK, 8 * BLOCK, out.address, 8 * wide, 1);
  }
  const products = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    products.set(out.values.subarray(i * wide, i * wide + i + 1), i * d);
  }
  return { products, rows: count };
}

/** The lower factor L of A = L·Lᵀ, of rows `stride` apart. */
export interface Factor {
  readonly size: number;
  readonly stride: number;
  readonly lower: Float64Array;
}

/**
 * Factorises a symmetric `[size, size]` matrix of which only the lower triangle is read, by tiles; undefined when it is not positive
 * definite.
 */
export function factorise(matrix: Float64Array, size: number): Factor | undefined {
  const stride = TILE * Math.ceil(size / TILE);
  const memory = arena(stride * stride + TILE * TILE);
  const { values: lower, address } = memory.doubles(stride * stride);
  const tile = memory.doubles(TILE * TILE);
  for (let i0 = 0; i0 < size; i0 += TILE) {
    const i1 = Math.min(i0 + TILE, size);
    for (let j0 = 0; j0 <= i0; j0 += TILE) {
      const j1 = Math.min(j0 + TILE, size);
      tile.values.fill(0);
      if (j0 > 0) {
        const [a, b] = [address + 8 * stride * i0, address + 8 * stride * j0];
        memory.multiply(a, TILE, b, TILE, 8 * stride, 8 * j0, tile.address, 8 * TILE, 0);
      }
      for (let i = i0; i < i1; i++) {
        for (let j = j0; j < Math.min(j1, i + 1); j++) {
          let sum = matrix[i * size + j] - tile.values[(i - i0) * TILE + j - j0];
          for (let k = j0; k < j; k++) sum -= lower[i * stride + k] * lower[j * stride + k];
          if (i !== j) lower[i * stride + j] = sum / lower[j * stride + j];
          else if (sum > 0) lower[i * stride + i] = Math.sqrt(sum);
          else return undefined;
        }
      }
    }
  }
  return { size, stride, lower };
}

/** Solves L·y = x in place. */
export function forward({ size, stride, lower }: Factor, x: Float64Array): void {
  for (let i = 0; i < size; i++) {
    const row = i * stride;
    let a = x[i], b = 0, c = 0, e = 0;
    let k = 0;
    for (; k + 3 < i; k += 4) {
      a -= lower[row + k] * x[k];
      b -= lower[row + k + 1] * x[k + 1];
      c -= lower[row + k + 2] * x[k + 2];
      e -= lower[row + k + 3] * x[k + 3];
    }
    for (; k < i; k++) a -= lower[row + k] * x[k];
    x[i] = (a + b + c + e) / lower[row + i];
  }
}

/** Solves Lᵀ·y = x in place. */
export function backward({ size, stride, lower }: Factor, x: Float64Array): void {
  for (let i = size - 1; i >= 0; i--) {
    const row = i * stride;
    const value = x[i] /= lower[row + i];
    for (let k = 0; k < i; k++) x[k] -= value * lower[row + k];
  }
}

/** y = Lᵀ·x: the way back from {@linkcode backward}. */
export function timesTransposed({ size, stride, lower }: Factor, x: Float64Array): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k <= i; k++) y[k] += lower[i * stride + k] * x[i];
  }
  return y;
}
