/** The intensities of a data set's splits as a picture. */

import { chart } from "../report/chart.ts";
import { line, type Point, type Tone } from "../report/marks.ts";
import { BINS, type SplitSurvey } from "./dataset_survey.ts";

/** A split beyond the second is drawn as a guide, dashed. */
const TONES: readonly [Tone, string][] = [
  ["first", "blue"],
  ["second", "red"],
  ["guide", "dashed"],
];

/** The least share that is drawn, in percent. */
const LEAST = 0.001;

/** A line per split: the share of its pixels at each intensity, on a logarithmic axis, since backgrounds are large. */
export function intensityChart(title: string, splits: readonly SplitSurvey[]): string {
  const shown = splits.filter(({ labels }) => labels.length);
  const look = (i: number) => TONES[Math.min(i, 2)];
  return chart(`Intensities of ${title}`, [{
    heading: "How bright are the images?",
    x: { label: "intensity, black to white", domain: [-1.05, 1.05], ticks: 6 },
    y: {
      ...{ type: "log", label: "share of the pixels, %", domain: [0.8 * LEAST, 125] },
      ...{ ticks: [0.001, 0.01, 0.1, 1, 10, 100], tickFormat: String },
    },
    marks: shown.map(({ histogram }, i) => line(sharesOf(histogram), look(i)[0])),
    notes: [shown.map(({ split }, i) => `${look(i)[1]}: ${split}`).join(", ")],
  }]);
}

/** Percents of pixels by the middle of each bin. */
function sharesOf(histogram: Float64Array): Point[] {
  const total = histogram.reduce((a, b) => a + b, 0);
  return Array.from(histogram, (count, bin): Point => [
    (bin + 0.5) * 2 / BINS - 1,
    Math.max(LEAST, 100 * count / total),
  ]);
}
