/** How far the probabilities of a probe can be trusted, as a picture. */

import { chart, type Mark, perPoint, shareAxis, shareInterval } from "../report/chart_svg.ts";
import type { PlainReview } from "./review.ts";

/** Probability told against share observed, with the diagonal of a perfect probe. */
export function reliabilityPlot({ reliability, images, figures }: PlainReview): string {
  const error = figures.find(({ name }) => name === "calibrationError");
  const points = reliability.map(({ predicted, observed }): [number, number] => [
    predicted,
    observed,
  ]);
  return chart(`Reliability curve of ${images} images`, [{
    title: "Does the probability come true?",
    x: shareAxis("probability told"),
    y: shareAxis("share of images that are severe"),
    marks: [
      { line: [[0, 0], [1, 1]], tone: "guide" },
      { line: points, tone: "first" },
      ...reliability.map(({ predicted, observed, count }): Mark => ({
        dot: [predicted, observed],
        tone: "first",
        ...shareInterval(observed, count),
      })),
    ],
    notes: [
      perPoint("images", reliability.map(({ count }) => count)),
      `bars: 95 % (Wilson); dashed: perfect${
        error ? `; calibration error ${error.value.toFixed(3)}` : ""
      }`,
    ],
  }]);
}
