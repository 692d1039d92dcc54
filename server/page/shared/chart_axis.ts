/** An axis of a chart: from values to pixels, with round numbers to mark. */

/** An axis. */
export interface Axis {
  /** Where a value lies, in pixels. */
  at(value: number): number;
  /** The value at a pixel. */
  value(pixel: number): number;
  readonly ticks: readonly number[];
}

/** An axis with even steps. `from` and `to` are pixels. */
export function linearAxis(low: number, high: number, from: number, to: number, most = 6): Axis {
  const width = high > low ? high - low : Math.abs(low) || 1;
  const scale = (to - from) / width;
  const rough = width / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor((low + width) / step + 1e-9);
  return {
    at: (value) => from + (value - low) * scale,
    value: (pixel) => low + (pixel - from) / scale,
    // Multiples, not sums, so that 0.3 is not 0.30000000000000004.
    ticks: Array.from(
      { length: last - first + 1 },
      (_, i) => Number(((first + i) * step).toPrecision(12)),
    ),
  };
}

/** An axis with even ratios, for values above 0. */
export function logAxis(low: number, high: number, from: number, to: number, most = 6): Axis {
  const [a, b] = [Math.log10(low), Math.log10(Math.max(high, low * 1.01))];
  const axis = linearAxis(a, b, from, to);
  const decades = Math.ceil(b) - Math.floor(a);
  // As many marks as fit: 1, 2, 5 of every power of ten, or the powers alone.
  const factors = decades > most ? [1] : decades > most / 3 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(a); power <= Math.ceil(b); power++) {
    for (const factor of factors) {
      const value = Number((factor * 10 ** power).toPrecision(6));
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
    }
  }
  return {
    at: (value) => axis.at(Math.log10(Math.max(value, 1e-300))),
    value: (pixel) => 10 ** axis.value(pixel),
    ticks: ticks.length > 1 ? ticks : linearAxis(low, high, from, to, most).ticks,
  };
}

/** A number as an axis shows it. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return `${Number((value / 1000).toPrecision(4))}k`;
  if (size !== 0 && size < 0.001) return value.toExponential(0);
  return String(Number(value.toPrecision(6)));
}
