/** What panels of charts show: lines and dots in three tones. */

import * as Plot from "@observablehq/plot";

/** `first` and `second` are the two colors of data, `guide` is what would be expected. */
export type Tone = "first" | "second" | "guide";

/** A point in the units of the axes. */
export type Point = readonly [x: number, y: number];

/** A line; that of a guide is dashed. */
export function line(points: readonly Point[], tone: Tone): Plot.Markish {
  const dash = tone === "guide"
    ? { strokeWidth: 1.5, strokeDasharray: "5 4" }
    : { strokeWidth: 2.5 };
  return Plot.line(points, { className: tone, stroke: "currentColor", ...dash });
}

/** Many thin lines, which let through what is below. */
export function faintLines(lines: readonly (readonly Point[])[], tone: Tone): Plot.Markish {
  const points = lines.flatMap((line, z) => line.map(([x, y]) => ({ x, y, z })));
  const looks = { className: tone, stroke: "currentColor", strokeWidth: 1 };
  return Plot.line(points, { x: "x", y: "y", z: "z", ...looks, opacity: opacityOf(lines.length) });
}

/** A dot for every point. */
export function dots(points: readonly Point[], tone: Tone): Plot.Markish {
  return Plot.dot(points, { className: tone, fill: "currentColor", r: 4 });
}

/** Many small dots, which let through what is below. */
export function faintDots(points: readonly Point[], tone: Tone): Plot.Markish {
  const opacity = opacityOf(points.length);
  return Plot.dot(points, { className: tone, fill: "currentColor", r: 2.5, opacity });
}

/** The fainter the more there are. */
function opacityOf(count: number): number {
  return Math.min(0.5, Math.max(0.1, Math.sqrt(8 / count)));
}
