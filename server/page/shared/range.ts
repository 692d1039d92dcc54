/** From the least to the greatest. */

/** The ends of many values; of none they are infinite. */
export function rangeOf(values: readonly number[]): [low: number, high: number] {
  return values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}
