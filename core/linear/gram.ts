/** Products of all pairs of columns: what the covariance of codes and the shape of a fit's Hessian come from. */

/** Rows that are summed at a time, and columns of a tile: what of a tile stays in the nearest cache and in registers. */
const [BLOCK, TILE] = [64, 4];

/**
 * XᵀX `[d, d]` of `rows` rows `[d]`.
 *
 * @param read Writes row `i`, one after another, into `row`.
 */
export function gram(
  rows: number,
  d: number,
  read: (i: number, row: Float64Array) => void,
): Float64Array {
  // Columns of nothing fill the last tile.
  const wide = TILE * Math.ceil(d / TILE);
  const row = new Float64Array(d);
  const columns = new Float64Array(wide * BLOCK);
  const sums = new Float64Array(wide * wide);
  for (let start = 0; start < rows; start += BLOCK) {
    const count = Math.min(BLOCK, rows - start);
    for (let k = 0; k < count; k++) {
      read(start + k, row);
      for (let j = 0; j < d; j++) columns[j * BLOCK + k] = row[j];
    }
    for (let i = 0; i < wide; i += TILE) {
      for (let j = 0; j <= i; j += TILE) addTile(columns, count, i, j, sums, wide);
    }
  }
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) out[i * d + j] = out[j * d + i] = sums[i * wide + j];
  }
  return out;
}

/** Adds the products of columns i … i + 3 with columns j … j + 3: sixteen sums, none of which waits for another. */
function addTile(
  columns: Float64Array,
  count: number,
  i: number,
  j: number,
  sums: Float64Array,
  wide: number,
): void {
  const a = i * BLOCK, b = a + BLOCK, c = b + BLOCK, d = c + BLOCK;
  const e = j * BLOCK, f = e + BLOCK, g = f + BLOCK, h = g + BLOCK;
  let ae = 0, af = 0, ag = 0, ah = 0, be = 0, bf = 0, bg = 0, bh = 0;
  let ce = 0, cf = 0, cg = 0, ch = 0, de = 0, df = 0, dg = 0, dh = 0;
  for (let k = 0; k < count; k++) {
    const p = columns[a + k], q = columns[b + k], r = columns[c + k], s = columns[d + k];
    const t = columns[e + k], u = columns[f + k], v = columns[g + k], w = columns[h + k];
    ae += p * t;
    af += p * u;
    ag += p * v;
    ah += p * w;
    be += q * t;
    bf += q * u;
    bg += q * v;
    bh += q * w;
    ce += r * t;
    cf += r * u;
    cg += r * v;
    ch += r * w;
    de += s * t;
    df += s * u;
    dg += s * v;
    dh += s * w;
  }
  const tile = [ae, af, ag, ah, be, bf, bg, bh, ce, cf, cg, ch, de, df, dg, dh];
  for (let k = 0; k < tile.length; k++) sums[(i + (k >> 2)) * wide + j + (k & 3)] += tile[k];
}
