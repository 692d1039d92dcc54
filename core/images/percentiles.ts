/** Percentiles of numbers. */

/** The values below which the given percents of numbers lie, interpolated; what is no number does not count. */
export function percentilesOf(data: Float32Array, percents: readonly number[]): number[] {
  const sorted = data.filter(Number.isFinite).sort();
  return percents.map((percent) => {
    const place = (sorted.length - 1) * percent / 100;
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  });
}
