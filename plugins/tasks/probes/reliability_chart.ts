/** How far the probabilities of a probe can be trusted, as a picture. */

import { shareAxis } from "../report/axes.ts";
import { chart } from "../report/chart.ts";
import { line } from "../report/marks.ts";
import { perPoint, shareMarks } from "../report/shares.ts";
import type { PlainReview } from "./review.ts";

/** Probability told against share observed, with the diagonal of a perfect probe. */
export function reliabilityChart({ reliability, images, figures }: PlainReview): string {
  const error = figures.find(({ name }) => name === "calibrationError");
  return chart(`Reliability curve of ${images} images`, [{
    heading: "Does the probability come true?",
    x: shareAxis("probability told"),
    y: shareAxis("share of images that are severe"),
    marks: [
      line([[0, 0], [1, 1]], "guide"),
      ...shareMarks(reliability.map(({ predicted, observed, count }) => ({
        x: predicted,
        share: observed,
        count,
      }))),
    ],
    notes: [
      perPoint("images", reliability.map(({ count }) => count)),
      `bars: 95 % (Wilson); dashed: perfect${
        error ? `; calibration error ${error.value.toFixed(3)}` : ""
      }`,
    ],
  }]);
}
