/** The central figure of the paper: signed distance to the boundary against grade, with the regression line. */

import type { LabelScale } from "@countergrade/countergrade";
import { fitLine } from "@countergrade/countergrade/linear";
import { isLabel, isNumeric, pearson } from "@countergrade/countergrade/review";
import * as Plot from "@observablehq/plot";
import { gradeAxis, numberAxis, rangeOf } from "../report/axes.ts";
import { chart } from "../report/chart.ts";
import { dots, faintDots, line, type Point } from "../report/marks.ts";

/** Standard errors to both sides of 95 % of a normal distribution. */
const Z = 1.959964;
/** Dots of a grade are spread by this much to both sides, in grades. */
const SPREAD = 0.22;
/** Places at which the band is drawn. */
const PLACES = 41;
/** Of numbers instead of names, means are drawn of so many groups. */
const GROUPS = 8;

/** An image with its label and the score of its code, in σ. */
export interface ScoredImage {
  readonly label: number;
  readonly score: number;
}

/** The images with a label of the scale. */
export function scoredImages(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  scale: LabelScale,
): readonly ScoredImage[] {
  return Array.from(labels, (label, i) => ({ label, score: scores[i] }))
    .filter(({ label }) => isLabel(label, scale));
}

/** A dot per image, the mean of every grade with its 95 % interval, and the regression line with that of the mean. */
export function distanceChart(images: readonly ScoredImage[], scale: LabelScale): string {
  const numeric = isNumeric(scale);
  const labels = images.map(({ label }) => label);
  const scores = images.map(({ score }) => score);
  const { slope, at } = lineThrough(labels, scores);
  const r = pearson(labels, scores);
  const [low, high] = rangeOf(labels);
  const places = Array.from({ length: PLACES }, (_, i) => low + (high - low) * i / (PLACES - 1));
  const band = places.map((x) => ({ x, ...at(x) }));
  const means = groupsOf(images, numeric).map(meanOf);
  const looks = { className: "first", stroke: "currentColor", strokeWidth: 1.5 };
  return chart(`Distance to the boundary of ${images.length} images`, [{
    heading: "Does the distance to the boundary tell the grade?",
    x: numeric
      ? numberAxis(scale.names[0], labels)
      : gradeAxis("grade in the data set", labels, scale.names),
    y: numberAxis("distance to the boundary in σ", scores),
    marks: [
      line([[low, 0], [high, 0]], "guide"),
      faintDots(images.map(({ label, score }, i) => spread(label, score, i, numeric)), "first"),
      Plot.areaY(band, {
        ...{ x: "x", y1: "from", y2: "to", className: "second", fill: "currentColor" },
        fillOpacity: 0.2,
      }),
      line(band.map(({ x, y }) => [x, y]), "second"),
      Plot.ruleX(means, { x: "x", y1: "from", y2: "to", ...looks }),
      dots(means.map(({ x, y }) => [x, y]), "first"),
    ],
    notes: [
      `${images.length} images${
        Number.isFinite(r)
          ? `; r ${r.toFixed(2)}, ${slope.toFixed(2)} σ per ${numeric ? "unit" : "grade"}`
          : ""
      }`,
      "blue: means; red: regression; bars and band: 95 %; dashed: boundary",
    ],
  }]);
}

/** The same as a table: label and score of every image. */
export function distanceTable(images: readonly ScoredImage[]): string {
  return ["label,score", ...images.map(({ label, score }) => `${label},${score}`)].join("\n") +
    "\n";
}

/** ŷ = a + b·x with the interval of the mean, ŷ ± 1.96·s·√(1/n + (x − x̄)²/Σ(x − x̄)²), s² the residual variance. */
function lineThrough(x: readonly number[], y: readonly number[]) {
  const n = x.length;
  const mean = x.reduce((sum, value) => sum + value, 0) / n;
  const square = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const { slope, intercept } = fitLine(x, y);
  const rest = y.reduce((sum, value, i) => sum + (value - intercept - slope * x[i]) ** 2, 0);
  const deviation = Math.sqrt(rest / Math.max(1, n - 2));
  return {
    slope,
    at(place: number) {
      const away = square > 0 ? (place - mean) ** 2 / square : 0;
      const half = Z * deviation * Math.sqrt(1 / n + away);
      const middle = intercept + slope * place;
      return { y: middle, from: middle - half, to: middle + half };
    },
  };
}

/** Images by label, or of numbers as many groups of equal size. */
function groupsOf(images: readonly ScoredImage[], numeric: boolean): ScoredImage[][] {
  const sorted = images.toSorted((a, b) => a.label - b.label);
  if (!numeric) return [...Map.groupBy(sorted, ({ label }) => label).values()];
  const count = Math.min(GROUPS, sorted.length);
  return Array.from(
    { length: count },
    (_, g) =>
      sorted.slice(
        Math.round(g * sorted.length / count),
        Math.round((g + 1) * sorted.length / count),
      ),
  );
}

function meanOf(group: readonly ScoredImage[]) {
  const mean = (of: (image: ScoredImage) => number) =>
    group.reduce((sum, image) => sum + of(image), 0) / group.length;
  const y = mean(({ score }) => score);
  const square = group.reduce((sum, { score }) => sum + (score - y) ** 2, 0);
  const half = Z * Math.sqrt(square / Math.max(1, group.length - 1) / group.length);
  return { x: mean(({ label }) => label), y, from: y - half, to: y + half };
}

/** A dot beside its grade, the same at every drawing, so that few lie on each other. */
function spread(label: number, score: number, i: number, numeric: boolean): Point {
  const part = (i * 0.6180339887) % 1;
  return [numeric ? label : label + SPREAD * (2 * part - 1), score];
}
