/** Products of all pairs of rows or columns of standardized codes, and their Cholesky factor, in blocks. */

import { breatheAfter } from "../abort.ts";
import type { CodeMatrix } from "./code_matrix.ts";
import { type Arena, arena, padded, type Region } from "./arena.ts";

/** Rows of codes, and columns of the factor, that are worked on at a time. */
const [BLOCK, TILE] = [128, 32];

/**
 * Σ over rows of xᵢ·xⱼ: the lower triangle of XᵀX, rows `stride` apart, from every row or from `most` spread evenly. Products of a block
 * of rows are summed in single precision, blocks in double: about six digits, in half the time. They lie in `memory`.
 */
export function gram(
  matrix: CodeMatrix,
  most = Infinity,
): { products: Float64Array; stride: number; rows: number; memory: Arena } {
  const wide = 8 * Math.ceil(matrix.columns / 8);
  const count = Math.min(matrix.rows, most);
  const memory = arena(wide * (BLOCK + 1) / 2 + wide * wide);
  const row = memory.floats(wide);
  const panels = memory.floats(wide * BLOCK);
  const out = memory.doubles(wide * wide);
  for (let start = 0; start < count; start += BLOCK) {
    const length = Math.min(BLOCK, count - start);
    for (let k = 0; k < padded(length); k++) {
      if (k === length) row.values.fill(0);
      if (k < length) matrix.copyRow(Math.floor((start + k) * matrix.rows / count), row.values);
      memory.pack(row.address, wide / 4, panels.address + 16 * k, 16 * BLOCK);
    }
    const bytes = 16 * padded(length);
    memory.gram(panels.address, wide / 4, 16 * BLOCK, bytes, out.address, 8 * wide);
  }
  return { products: out.values, stride: wide, rows: count, memory };
}

/** Rows whose products with one another are taken at a time. */
const SQUARE = 32;

/**
 * K = X·Xᵀ, row-major with rows `stride` numbers apart (a multiple of eight; the rest is 0), in double precision, in memory that has
 * `room` for so many doubles beside it.
 *
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function rowProducts(
  matrix: CodeMatrix,
  { room = 0, signal }: { room?: number; signal?: AbortSignal } = {},
): Promise<{ products: Region; stride: number; memory: Arena }> {
  const { rows: n, columns: d } = matrix;
  const [stride, high, wide] = [8 * Math.ceil(n / 8), SQUARE * Math.ceil(n / SQUARE), padded(d)];
  // Rows that fill the last square are 0, and so are their products.
  const memory = arena(high * (stride + wide) + room);
  const products = memory.doubles(high * stride);
  const x = memory.doubles(high * wide);
  for (let i = 0; i < n; i++) matrix.copyRow(i, x.values.subarray(i * wide, i * wide + d));
  const { values: k, address } = products;
  const at = (row: number) => x.address + 8 * wide * row;
  for (let i = 0; i < n; i += SQUARE) {
    const end = Math.min(i + SQUARE, n);
    for (let j = 0; j <= i; j += SQUARE) {
      const columns = Math.min(SQUARE, stride - j);
      const out = address + 8 * (i * stride + j);
      memory.multiply(at(i), SQUARE, at(j), columns, 8 * wide, 8 * wide, out, 8 * stride, 0);
      for (let p = i; p < end; p++) {
        for (let q = j; q < Math.min(j + SQUARE, p); q++) k[q * stride + p] = k[p * stride + q];
      }
    }
    await breatheAfter(SQUARE * (i + SQUARE) * wide, signal);
  }
  return { products, stride, memory };
}

/** The lower factor L of A = L·Lᵀ, of rows `stride` apart. */
export interface Factor {
  readonly size: number;
  readonly stride: number;
  readonly lower: Float64Array;
  /** Where L is, with the inverses of the tiles on its diagonal, one below the other, and room for a vector and a tile of one. */
  readonly memory: Arena;
  readonly address: number;
  readonly inverses: Region;
  readonly vector: Region;
  readonly part: Region;
}

/**
 * Factorizes scale·A + shift·I, A a symmetric `[size, size]` matrix (rows `apart` numbers apart) of which only the lower triangle is
 * read, in panels of columns: what is left of a panel after the columns before it is P, its uppermost tile gives the factor T, and the
 * rest is P·T⁻ᵀ. Undefined when the matrix is not positive definite.
 */
export function factorize(
  matrix: Float64Array,
  size: number,
  { scale = 1, shift = 0, apart = size } = {},
): Factor | undefined {
  const stride = TILE * Math.ceil(size / TILE);
  const memory = arena(stride * (stride + 2 * TILE + 1) + TILE);
  const { values: lower, address } = memory.doubles(stride * stride);
  const panel = memory.doubles(stride * TILE);
  const inverses = memory.doubles(stride * TILE);
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
      const [at, source] = [(i - from) * TILE, i * apart + from];
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
    const inverse = inverses.values.subarray(from * TILE, (from + TILE) * TILE);
    invert(lower, from * stride + from, stride, to - from, inverse);
    if (rows === TILE) break;
    const below = address + 8 * (stride * (from + TILE) + from);
    const rest = panel.address + wide * TILE;
    memory.multiply(
      rest,
      rows - TILE,
      inverses.address + wide * from,
      TILE,
      wide,
      wide,
      below,
      8 * stride,
      0,
    );
  }
  const [vector, part] = [memory.doubles(stride), memory.doubles(TILE)];
  return { size, stride, lower, memory, address, inverses, vector, part };
}

/** The inverse of a lower tile of `size` rows, `stride` apart from `at` on. */
function invert(
  lower: Float64Array,
  at: number,
  stride: number,
  size: number,
  out: Float64Array,
): void {
  for (let i = 0; i < size; i++) {
    const row = at + i * stride;
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= lower[row + k] * out[k * TILE + j];
      out[i * TILE + j] = sum / lower[row + i];
    }
  }
}

/** Solves L·y = x in place, tile by tile: each is its inverse times what the columns before it leave of x. */
export function forward(factor: Factor, x: Float64Array): void {
  const { size, stride, memory, address, inverses, vector, part } = factor;
  const [y, left] = [vector.values, part.values];
  // y is −x at first, so that products with what is solved already are added.
  for (let i = 0; i < size; i++) y[i] = -x[i];
  for (let from = 0; from < stride; from += TILE) {
    const [tile, solved] = [vector.address + 8 * from, y.subarray(from, from + TILE)];
    if (from > 0) {
      const rows = address + 8 * stride * from;
      memory.project(rows, TILE, 8 * stride, vector.address, 8 * from, tile, 0, 0);
    }
    for (let i = 0; i < TILE; i++) left[i] = -solved[i];
    solved.fill(0);
    const inverse = inverses.address + 8 * TILE * from;
    memory.project(inverse, TILE, 8 * TILE, part.address, 8 * TILE, tile, 0, 0);
  }
  x.set(y.subarray(0, size));
  // What is not a number would stay beyond the end.
  y.fill(0);
}

/** Solves Lᵀ·y = x in place, tile by tile. */
export function backward(factor: Factor, x: Float64Array): void {
  const { size, stride, memory, address, inverses, vector, part } = factor;
  const [y, solved] = [vector.values, part.values];
  // As for `forward`.
  for (let i = 0; i < size; i++) y[i] = -x[i];
  for (let from = stride - TILE; from >= 0; from -= TILE) {
    const tile = y.subarray(from, from + TILE);
    solved.fill(0);
    for (let i = 0; i < TILE; i++) tile[i] = -tile[i];
    const inverse = inverses.address + 8 * TILE * from;
    memory.pullBack(
      inverse,
      TILE,
      8 * TILE,
      vector.address + 8 * from,
      8 * TILE,
      part.address,
      0,
      0,
    );
    tile.set(solved);
    if (from === 0) break;
    const rows = address + 8 * stride * from;
    memory.pullBack(rows, TILE, 8 * stride, part.address, 8 * from, vector.address, 0, 0);
  }
  x.set(y.subarray(0, size));
  // What is not a number would stay beyond the end.
  y.fill(0);
}

/** y = Lᵀ·x: the way back from {@linkcode backward}. */
export function timesTransposed({ size, stride, lower }: Factor, x: Float64Array): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k <= i; k++) y[k] += lower[i * stride + k] * x[i];
  }
  return y;
}
