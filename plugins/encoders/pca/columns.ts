/** Columns of tall matrices, `[columns, rows]` in memory, one after another: their products, and made orthonormal. */

/** The products `[columns]` of a column `[rows]` with each of `columns`, four at a time: their sums need not wait for one another. */
export function products(columns: Float64Array, column: Float64Array): Float64Array {
  const n = column.length;
  const out = new Float64Array(columns.length / n);
  let k = 0;
  for (; k + 3 < out.length; k += 4) {
    const a = k * n, b = a + n, c = b + n, d = c + n;
    let p = 0, q = 0, r = 0, s = 0;
    for (let i = 0; i < n; i++) {
      const value = column[i];
      p += value * columns[a + i];
      q += value * columns[b + i];
      r += value * columns[c + i];
      s += value * columns[d + i];
    }
    out[k] = p;
    out[k + 1] = q;
    out[k + 2] = r;
    out[k + 3] = s;
  }
  for (; k < out.length; k++) {
    for (let i = 0; i < n; i++) out[k] += column[i] * columns[k * n + i];
  }
  return out;
}

/** column += Σₖ shares[k]·columns[k], four at a time. */
export function addColumns(
  column: Float64Array,
  columns: Float64Array,
  shares: Float64Array,
): void {
  const n = column.length;
  let k = 0;
  for (; k + 3 < shares.length; k += 4) {
    const a = k * n, b = a + n, c = b + n, d = c + n;
    const p = shares[k], q = shares[k + 1], r = shares[k + 2], s = shares[k + 3];
    for (let i = 0; i < n; i++) {
      column[i] += p * columns[a + i] + q * columns[b + i] + r * columns[c + i] +
        s * columns[d + i];
    }
  }
  for (; k < shares.length; k++) {
    for (let i = 0; i < n; i++) column[i] += shares[k] * columns[k * n + i];
  }
}

/** Columns of `rows` numbers that are taken away at once: what fits in the nearest caches. */
const GROUP = 4;

/**
 * Makes columns of `rows` numbers orthonormal in place, by Gram–Schmidt. Once leaves those that were nearly parallel askew by rounding,
 * twice does not. One in which nothing is left stays zero.
 */
export function makeOrthonormal(columns: Float64Array, rows: number, times: 1 | 2): void {
  for (let at = 0; at < columns.length; at += rows) {
    const column = columns.subarray(at, at + rows);
    for (let time = 0; time < times; time++) {
      for (let from = 0; from < at; from += GROUP * rows) {
        // These are orthonormal already, so that none changes the overlap with another.
        const group = columns.subarray(from, Math.min(from + GROUP * rows, at));
        addColumns(column, group, products(group, column).map((overlap) => -overlap));
      }
      const length = Math.sqrt(products(column, column)[0]);
      for (let i = 0; i < rows; i++) column[i] = length > 1e-12 ? column[i] / length : 0;
    }
  }
}

/** A matrix `[rows, columns]` row by row, column by column: `[columns, rows]`. */
export function transposed(
  matrix: Float32Array | Float64Array,
  rows: number,
  columns: number,
): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = matrix[i * columns + j];
  }
  return out;
}
