/** What a curve has between its points. */

/** The value of a series at a place between its points; nothing where one of them is missing. */
export function valueAt(values: readonly (number | null | undefined)[], at: number) {
  const low = values[Math.floor(at)];
  const high = values[Math.ceil(at)];
  if (low == null || high == null) return undefined;
  return low + (high - low) * (at - Math.floor(at));
}
