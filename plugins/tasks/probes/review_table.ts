/** The review of a probe as tables in Markdown. */

import type { LabelScale } from "@countergrade/countergrade";
import { markdownTable } from "../report/markdown_table.ts";
import type { PlainReview } from "./review.ts";

const LABELS: Readonly<Record<string, string>> = {
  accuracy: "Accuracy of the binary question",
  f1: "F1 of the binary question",
  balancedAccuracy: "Balanced accuracy of the binary question",
  auc: "AUC of the scores",
  mae: "Mean absolute error, grades",
  macroF1: "Macro-F1 over the labels",
  qwk: "Quadratic weighted kappa",
  brier: "Brier score",
  calibrationError: "Calibration error, bins of equal mass",
};

/** Figures with interval and baseline, and both confusion matrices. */
export function reviewTable(
  title: string,
  review: PlainReview,
  scale: LabelScale,
  threshold: number,
): string {
  return `# ${title.replace(/\s+/g, " ")}\n\n${reviewTables(review, scale, threshold)}\n`;
}

/** The tables alone. */
export function reviewTables(
  { images, figures, confusion, binaryConfusion }: PlainReview,
  { names, type }: LabelScale,
  threshold: number,
): string {
  const name = names[threshold] ?? String(threshold);
  const sides = type === "nominal" ? [`not ${name}`, name] : [`below ${name}`, `${name} or worse`];
  return [
    markdownTable(
      [`Probe on ${images} images`, "Value", "95 % interval", "Trivial answer"],
      figures.map(({ name, value, low, high, baseline }) => [
        LABELS[name] ?? name,
        digits(value),
        low === undefined || high === undefined ? "–" : `${digits(low)} to ${digits(high)}`,
        baseline === undefined ? "–" : digits(baseline),
      ]),
    ),
    ...confusion.length ? [matrix("Label ↓ told →", names, confusion)] : [],
    matrix("Binary question ↓ told →", sides, binaryConfusion),
  ].join("\n\n");
}

function matrix(corner: string, names: readonly string[], counts: readonly (readonly number[])[]) {
  return markdownTable([corner, ...names], counts.map((row, i) => [names[i], ...row.map(String)]));
}

function digits(value: number): string {
  return String(Number(value.toFixed(3)) + 0);
}
