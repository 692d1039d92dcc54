/** Round numbers for an axis. */

/** The steps between two ticks, in powers of ten. */
const STEPS = [1, 2, 5, 10];

/**
 * Evenly spaced round numbers from at or below `low` to at or above `high`, about `count` of them.
 *
 * @throws {RangeError} When the bounds are not finite.
 */
export function ticksOf(low: number, high: number, count = 5): number[] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new RangeError(`Cannot divide an axis from ${low} to ${high}: expected finite bounds`);
  }
  const rough = Math.max(high - low, 1e-9) / Math.max(count - 1, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.map((factor) => factor * power).find((step) => step >= rough * 0.999)!;
  const first = Math.floor(low / step + 1e-6);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-6));
  return Array.from(
    { length: last - first + 1 },
    (_, i) => Number(((first + i) * step).toPrecision(12)),
  );
}

/** The value of a series at a place between its points; nothing where one of them is missing. */
export function valueAt(values: readonly (number | null | undefined)[], at: number) {
  const low = values[Math.floor(at)];
  const high = values[Math.ceil(at)];
  if (low == null || high == null) return undefined;
  return low + (high - low) * (at - Math.floor(at));
}
