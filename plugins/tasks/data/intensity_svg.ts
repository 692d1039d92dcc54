/** The intensities of a data set's splits as a picture. */

import { chart, type Mark, numberAxis, type Tick, type Tone } from "../report/chart_svg.ts";
import { BINS, type SplitSurvey } from "./dataset_survey.ts";

/** A split beyond the second is drawn as a guide, dashed. */
const TONES: readonly [Tone, string][] = [["first", "blue"], ["second", "red"], [
  "guide",
  "dashed",
]];

/** The least share that is drawn, as a power of ten of a percent. */
const LEAST = -3;

/** A line per split: the share of its pixels at each intensity, on a logarithmic axis, since backgrounds are large. */
export function intensityPlot(title: string, splits: readonly SplitSurvey[]): string {
  const shown = splits.filter(({ labels }) => labels.length);
  const marks = shown.map(({ histogram }, i): Mark => {
    const total = histogram.reduce((a, b) => a + b, 0);
    return {
      line: Array.from(histogram, (count, bin): [number, number] => [
        (bin + 0.5) * 2 / BINS - 1,
        Math.max(LEAST, Math.log10(100 * count / total)),
      ]),
      tone: TONES[Math.min(i, 2)][0],
    };
  });
  const ticks = Array.from({ length: 3 - LEAST }, (_, i): Tick => {
    const at = LEAST + i;
    return { at, text: String(10 ** at) };
  });
  return chart(`Intensities of ${title}`, [{
    title: "How bright are the images?",
    x: numberAxis("intensity, black to white", [-1, 1]),
    y: { label: "share of the pixels, %", low: LEAST - 0.1, high: 2.1, ticks },
    marks,
    notes: [shown.map(({ split }, i) => `${TONES[Math.min(i, 2)][1]}: ${split}`).join(", ")],
  }]);
}
