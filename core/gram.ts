/** Products of all pairs of rows or columns of standardised codes, and their Cholesky factor, in blocks. */

import type { CodeMatrix } from "./code_matrix.ts";
import { arena, padded } from "./products.ts";

/** Rows of codes, and columns of the factor, that are worked on at a time. */
const [BLOCK, TILE] = [128, 32];

/**
 * Σ over rows of xᵢ·xⱼ: the lower triangle of XᵀX, row-major `[d, d]`, from every row or from `most` spread evenly. Products of a block
 * of rows are summed in single precision, blocks in double: about six digits, in half the time.
 */
export function gram(
  matrix: CodeMatrix,
  most = Infinity,
): { products: Float64Array; rows: number } {
  const d = matrix.columns;
  const wide = padded(d);
  const count = Math.min(matrix.rows, most);
  const memory = arena(wide * (BLOCK / 2 + wide));
  const { values, address } = memory.doubles(wide * BLOCK / 2);
  const floats = new Float32Array(values.buffer, address, wide * BLOCK);
  const out = memory.doubles(wide * wide);
  for (let start = 0; start < count; start += BLOCK) {
    const length = Math.min(BLOCK, count - start);
    if (length < BLOCK) floats.fill(0);
    for (let k = 0; k < length; k++) {
      matrix.copyRow(Math.floor((start + k) * matrix.rows / count), floats, k, BLOCK);
    }
    const bytes = 4 * BLOCK;
    memory.multiplyFloats(address, wide, address, wide, bytes, bytes, out.address, 8 * wide, 1);
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
 * Factorises scale·A + shift·I, A a symmetric `[size, size]` matrix of which only the lower triangle is read, in panels of columns:
 * what is left of a panel after the columns before it is P, its uppermost tile gives the factor T, and the rest is P·T⁻ᵀ. Undefined when
 * the matrix is not positive definite.
 */
export function factorise(
  matrix: Float64Array,
  size: number,
  { scale = 1, shift = 0 } = {},
): Factor | undefined {
  const stride = TILE * Math.ceil(size / TILE);
  const memory = arena(stride * (stride + TILE) + TILE * TILE);
  const { values: lower, address } = memory.doubles(stride * stride);
  const panel = memory.doubles(stride * TILE);
  const inverse = memory.doubles(TILE * TILE);
  const [p, wide] = [panel.values, 8 * TILE];
  for (let from = 0; from < size; from += TILE) {
    const to = Math.min(from + TILE, size);
    const rows = stride - from;
    const top = address + 8 * stride * from;
    p.fill(0);
    if (from > 0) {
      memory.multiply(top, rows, top, TILE, 8 * stride, 8 * from, panel.address, wide, 0);
    }
    for (let i = from; i < size; i++) {
      const last = Math.min(to, i + 1) - from;
      const [at, source] = [(i - from) * TILE, i * size + from];
      for (let j = 0; j < last; j++) p[at + j] = scale * matrix[source + j] - p[at + j];
      if (i < to) p[at + i - from] += shift;
    }
    for (let i = from; i < to; i++) {
      const row = i * stride + from;
      for (let j = 0; j <= i - from; j++) {
        const other = (from + j) * stride + from;
        let sum = p[(i - from) * TILE + j];
        for (let k = 0; k < j; k++) sum -= lower[row + k] * lower[other + k];
        if (j < i - from) lower[row + j] = sum / lower[other + j];
        else if (sum > 0) lower[row + j] = Math.sqrt(sum);
        else return undefined;
      }
    }
    if (rows === TILE) break;
    invert(lower, from * stride + from, stride, inverse.values);
    const below = address + 8 * (stride * (from + TILE) + from);
    const rest = panel.address + wide * TILE;
    memory.multiply(rest, rows - TILE, inverse.address, TILE, wide, wide, below, 8 * stride, 0);
  }
  return { size, stride, lower };
}

/** The inverse of a lower tile, rows `stride` apart from `at` on. */
function invert(lower: Float64Array, at: number, stride: number, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < TILE; i++) {
    const row = at + i * stride;
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= lower[row + k] * out[k * TILE + j];
      out[i * TILE + j] = sum / lower[row + i];
    }
  }
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
