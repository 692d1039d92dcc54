/** The review of a probe as files. */

import type { LabelScale } from "@countergrade/countergrade";
import { reliabilityChart } from "./reliability_chart.ts";
import type { PlainReview } from "./review.ts";
import { reviewTable } from "./review_table.ts";

/** `report.json`, `report.md` and `reliability.svg`. */
export function reviewFiles(
  title: string,
  review: PlainReview,
  scale: LabelScale,
  threshold: number,
): Record<string, Uint8Array> {
  const text = new TextEncoder();
  return {
    "report.json": text.encode(JSON.stringify(review, null, 2)),
    "report.md": text.encode(reviewTable(title, review, scale, threshold)),
    "reliability.svg": text.encode(reliabilityChart(review)),
  };
}
