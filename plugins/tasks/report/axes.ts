/** Axes of charts, wide enough for what is drawn. */

import type { ScaleOptions } from "@observablehq/plot";

/** Grades beyond the outermost value. */
const PAD = 0.3;

/** An axis around values with a tick at every whole number, or every few of many; `names` are those of whole numbers. */
export function gradeAxis(
  label: string,
  values: readonly number[],
  names: readonly string[] = [],
) {
  const [lowest, highest] = rangeOf(values);
  const [low, high] = [lowest - PAD, highest + PAD];
  const every = Math.ceil((high - low) / 10);
  const first = Math.ceil(low);
  return {
    label,
    domain: [low, high],
    ticks: Array.from(
      { length: Math.floor((high - first) / every) + 1 },
      (_, i) => first + i * every,
    ),
    tickFormat: (grade: number) => shortName(grade, names[grade]),
  } satisfies ScaleOptions;
}

/** The grade with its name, where it has a short one. */
function shortName(grade: number, name: string | undefined): string {
  const short = name !== undefined && name !== String(grade) && name.length <= 10;
  return short ? `${grade} ${name}` : String(grade);
}

/** An axis around values. One value has room on both sides. */
export function numberAxis(label: string, values: readonly number[]): ScaleOptions {
  const [low, high] = rangeOf(values);
  const room = 0.05 * (high - low) || 0.5;
  return { label, domain: [low - room, high + room], ticks: 6 };
}

/** An axis of shares, 0 to 1. */
export function shareAxis(label: string): ScaleOptions {
  return { label, domain: [-0.03, 1.03], ticks: 6 };
}

/** The least and the greatest of many values. */
export function rangeOf(values: readonly number[]): [number, number] {
  return [
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
}
