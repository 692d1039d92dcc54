/** An evaluation as tables in Markdown. */

import { markdownTable } from "../report/markdown_table.ts";
import type { Summary } from "./figures.ts";
import type { MeasurementSummary } from "./measurements.ts";
import { EYE_LABELS, type TwoEyes } from "./two_eyes.ts";

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

/** What a measurement says beside the same figure of the re-encoded image. */
const MEASUREMENT: readonly [string, keyof MeasurementSummary, (keyof MeasurementSummary)?][] = [
  ["Spearman's ρ with the requested grade", "spearman"],
  ["Spearman's ρ with the image grade", "imageSpearman"],
  ["Mean absolute difference to the requested grade", "gradeMae", "imageGradeMae"],
  ["Mean absolute difference to the image grade", "agreementMae"],
  ["Share within half a grade of the target", "success", "imageSuccess"],
  ["Share on the target's side of the threshold", "validity", "imageValidity"],
];

/**
 * A title, the figures of all frames together, and those of the single paths. Where there is a judge, it stands beside the own probe,
 * and what it sees too is not told of the probe alone.
 */
export function evaluationTable(title: string, summary: Summary, eyes?: TwoEyes): string {
  const together = LABELS.filter(([name]) => !eyes || !(name in eyes.own.figures)).flatMap((
    [name, label],
  ) => {
    const value = summary[name];
    const interval = summary.intervals.find((each) => each.name === name);
    const range = interval ? `${text(interval.low)} to ${text(interval.high)}` : "–";
    return typeof value === "number" ? [[label, text(value), range]] : [];
  });
  const single = summary.figures.map(({ name, mean, median, low, high, paths }) => {
    const seen = eyes?.metrics.find((figure) => figure.name === name);
    return [
      name,
      text(mean),
      `${text(low)} to ${text(high)}`,
      ...eyes ? [seen ? text(seen.mean) : "–"] : [],
      text(median),
      text(paths),
    ];
  });
  return [
    `# ${title.replace(/\s+/g, " ")}`,
    ...eyes ? eyeTables(eyes) : [],
    markdownTable(["Over all frames", "Value", "95 % interval"], together),
    ...summary.measurements.map(measurementTable),
    markdownTable([
      "Per path",
      "Mean",
      "95 % interval of the mean",
      ...eyes ? [`Mean by ${eyes.name}`] : [],
      "Median",
      "Paths",
    ], single),
  ].join("\n\n") + "\n";
}

/** The own probe and the judge side by side. */
function eyeTables({ name, own, judge, asked, together }: TwoEyes): string[] {
  const cell = ({ figures, intervals }: TwoEyes["own"], figure: string) => {
    if (!(figure in figures)) return "–";
    const interval = intervals.find((each) => each.name === figure);
    const range = interval ? ` (${text(interval.low)} to ${text(interval.high)})` : "";
    return text(figures[figure]) + range;
  };
  const known = Object.entries(EYE_LABELS)
    .filter(([figure]) => figure in own.figures || figure in judge.figures);
  return [
    markdownTable(
      ["Frames in the eyes of", "Own probe", `Judge ${name}`],
      known.map(([figure, label]) => [label, cell(own, figure), cell(judge, figure)]),
    ),
    markdownTable(
      ["Requested grade", "Own probe, mean", `Judge ${name}, mean`, "Frames"],
      asked.map(({ grade, own, judge, frames }) => [
        text(grade),
        text(own),
        text(judge),
        text(frames),
      ]),
    ),
    ...together
      ? [markdownTable(
        [`All frames together, by ${name} (${together.features} numbers)`, "Value"],
        Object.entries(together.figures).map(([figure, value]) => [figure, text(value)]),
      )]
      : [],
  ];
}

function measurementTable(summary: MeasurementSummary): string {
  const cell = (name?: keyof MeasurementSummary) => {
    const value = name && summary[name];
    if (typeof value !== "number") return "–";
    const interval = summary.intervals.find((each) => each.name === name);
    return interval
      ? `${text(value)} (${text(interval.low)} to ${text(interval.high)})`
      : text(value);
  };
  return markdownTable(
    [
      `${summary.name} (${summary.unit}), found in ${text(100 * summary.found)} % of frames`,
      "Measured",
      "Re-encoded",
    ],
    MEASUREMENT.filter(([, name]) => name in summary)
      .map(([label, name, image]) => [label, cell(name), cell(image)]),
  );
}

function text(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}
