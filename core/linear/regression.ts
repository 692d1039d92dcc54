/** Least squares of one variable on another. */

/** y = slope · x + intercept. */
export interface Line {
  /** dy/dx. */
  slope: number;
  /** y at x = 0. */
  intercept: number;
}

/** The least-squares line of `y` on `x`; flat when `x` does not vary. */
export function fitLine(x: ArrayLike<number>, y: ArrayLike<number>): Line {
  const n = x.length;
  let meanX = 0, meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[i] / n;
    meanY += y[i] / n;
  }
  let xx = 0, xy = 0;
  for (let i = 0; i < n; i++) {
    xx += (x[i] - meanX) ** 2;
    xy += (x[i] - meanX) * (y[i] - meanY);
  }
  const slope = xx > 0 ? xy / xx : 0;
  return { slope, intercept: meanY - slope * meanX };
}
