/** Agreement of orders: ranks, Spearman's ρ and Kendall's τ. */

/** The indices of `values` from the lowest to the highest; what is in order already costs one look. */
export function ascending(values: ArrayLike<number>): Int32Array {
  const order = new Int32Array(values.length);
  let sorted = true;
  for (let i = 0; i < order.length; i++) {
    order[i] = i;
    if (i > 0 && !(values[i - 1] <= values[i])) sorted = false;
  }
  return sorted ? order : order.sort((a, b) => values[a] - values[b]);
}

/** The rank of each value, 1 for the smallest; equal values share the mean of their ranks. */
export function midRanks(values: ArrayLike<number>): Float64Array {
  const order = ascending(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** The correlation of `x` and `y` in [-1, 1]; NaN when one does not vary. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  let meanX = 0, meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[i] / n;
    meanY += y[i] / n;
  }
  let xx = 0, yy = 0, xy = 0;
  for (let i = 0; i < n; i++) {
    const [dx, dy] = [x[i] - meanX, y[i] - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN;
}

/**
 * Spearman's rank correlation in [-1, 1]; NaN when one side does not vary.
 *
 * @example
 * ```ts
 * import { spearman } from "@countergrade/countergrade/review";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(spearman([1, 2, 3], [1, 10, 100]), 1);
 * ```
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearson(midRanks(x), midRanks(y));
}

/**
 * Kendall's τ-b in [-1, 1], which accounts for ties (Kendall 1945); NaN when one side does not vary. In n·log n steps: the pairs that
 * disagree are the exchanges that sort `y` once `x` is in order (Knight 1966, A computer method for calculating Kendall's tau).
 */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  const order = new Int32Array(n).map((_, i) => i).sort((a, b) => x[a] - x[b] || y[a] - y[b]);
  const tiedX = tiedPairs(order, (a, b) => x[a] === x[b]);
  const tiedBoth = tiedPairs(order, (a, b) => x[a] === x[b] && y[a] === y[b]);
  const swaps = exchanges(Float64Array.from(order, (i) => y[i]));
  const tiedY = tiedPairs(ascending(y), (a, b) => y[a] === y[b]);
  const all = n * (n - 1) / 2;
  const [untiedX, untiedY] = [all - tiedX, all - tiedY];
  return untiedX && untiedY
    ? (all - tiedX - tiedY + tiedBoth - 2 * swaps) / Math.sqrt(untiedX * untiedY)
    : NaN;
}

/** The pairs within runs of `order` whose neighbors are the same. */
function tiedPairs(order: Int32Array, same: (a: number, b: number) => boolean): number {
  let pairs = 0, run = 0;
  for (let k = 1; k < order.length; k++) {
    run = same(order[k - 1], order[k]) ? run + 1 : 0;
    pairs += run;
  }
  return pairs;
}

/** How many pairs of `values` stand in falling order, counted by merging. Sorts `values`. */
function exchanges(values: Float64Array): number {
  if (values.length < 2) return 0;
  const half = values.length >> 1;
  const [low, high] = [values.slice(0, half), values.slice(half)];
  let count = exchanges(low) + exchanges(high);
  for (let i = 0, j = 0, k = 0; k < values.length; k++) {
    if (j === high.length || i < low.length && low[i] <= high[j]) values[k] = low[i++];
    else {
      count += low.length - i;
      values[k] = high[j++];
    }
  }
  return count;
}
