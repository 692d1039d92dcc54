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
 * import { spearman } from "@countergrade/countergrade";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * assertAlmostEquals(spearman([1, 2, 3], [1, 10, 100]), 1);
 * ```
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearson(midRanks(x), midRanks(y));
}

/** Kendall's τ-b in [-1, 1], which accounts for ties (Kendall 1945); NaN when one side does not vary. Time grows with n². */
export function kendallTau(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let agree = 0, untiedX = 0, untiedY = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(x[i] - x[j]), Math.sign(y[i] - y[j])];
      agree += a * b;
      untiedX += a * a;
      untiedY += b * b;
    }
  }
  return untiedX && untiedY ? agree / Math.sqrt(untiedX * untiedY) : NaN;
}
