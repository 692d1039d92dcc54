/** The review of a probe as files. */

import type { LabelScale } from "@countergrade/countergrade";
import { distanceChart, distanceTable, type ScoredImage } from "./distance_chart.ts";
import { reliabilityChart } from "./reliability_chart.ts";
import type { PlainReview } from "./review.ts";
import { reviewTable } from "./review_table.ts";

/** `report.json`, `report.md`, `reliability.svg`, and of a scale with an order `distance.svg` and `distance.csv`. */
export function reviewFiles(
  title: string,
  review: PlainReview,
  images: readonly ScoredImage[],
  scale: LabelScale,
  threshold: number,
): Record<string, Uint8Array> {
  const text = new TextEncoder();
  return {
    "report.json": text.encode(JSON.stringify(review, null, 2)),
    "report.md": text.encode(reviewTable(title, review, scale, threshold)),
    "reliability.svg": text.encode(reliabilityChart(review)),
    ...scale.type !== "nominal" && {
      "distance.svg": text.encode(distanceChart(images, scale)),
      "distance.csv": text.encode(distanceTable(images)),
    },
  };
}
