/** An evaluation as tables in Markdown. */

import type { Summary } from "./evaluation.ts";

/** Significant digits. */
const DIGITS = 4;

const LABELS: readonly [keyof Summary, string][] = [
  ["paths", "Paths"],
  ["frames", "Frames"],
  ["spearman", "Spearman's ρ of requested and image grade"],
  ["kendallTau", "Kendall's τ-b of requested and image grade"],
  ["gradeMae", "Mean absolute difference of requested and image grade"],
  ["met", "Share of frames within the tolerance"],
  ["arrived", "Share of the requested shift that arrives in the image"],
  ["reconstructionSsim", "SSIM of the reconstruction"],
  ["reconstructionMse", "MSE of the reconstruction (range 2)"],
];

/** A title, the figures of all frames together, and those of the single paths. */
export function evaluationTable(title: string, summary: Summary): string {
  const together = LABELS.flatMap(([name, label]) => {
    const value = summary[name];
    return typeof value === "number" ? [[label, text(value)]] : [];
  });
  const single = summary.figures.map(({ name, mean, median, low, high, paths }) => [
    name,
    text(mean),
    `${text(low)} to ${text(high)}`,
    text(median),
    text(paths),
  ]);
  return [
    `# ${title.replace(/\s+/g, " ")}`,
    markdownTable(["Over all frames", "Value"], together),
    markdownTable(["Per path", "Mean", "95 % interval of the mean", "Median", "Paths"], single),
  ].join("\n\n") + "\n";
}

/** Rows of texts as a table; all columns but the first are aligned to the right. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/[\\|]/g, "\\$&")).join(" | ")} |`;
  const rule = head.map((_, i) => i === 0 ? "---" : "---:");
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function text(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}
