/** The files of an evaluation. */

import { type Measurement, targetGrade } from "@countergrade/countergrade";
import type { EvaluatedPath } from "./evaluated_path.ts";
import type { Summary } from "./figures.ts";
import { evaluationChart, flipChart } from "./charts.ts";
import { evaluationTable } from "./table.ts";
import type { FlipRates } from "./flip_distance.ts";
import { measuredFrames } from "./measurements.ts";
import { measurementChart } from "./measurement_chart.ts";
import type { EvaluationSetup } from "./setup.ts";
import type { TwoEyes } from "./two_eyes.ts";
import type { PlainReview } from "../probes/review.ts";
import { reviewTables } from "../probes/review_table.ts";
import { reliabilityChart } from "../probes/reliability_chart.ts";

/** What an evaluation says. */
export type Told = Summary & {
  readonly flips: FlipRates;
  readonly review?: PlainReview;
  readonly judge?: TwoEyes;
};

/**
 * - `evaluation.json`: everything, with every path
 * - `table.md`: the figures as tables
 * - `plot.svg`: requested against measured grade, as the judge sees it beside it
 * - `flips.svg`: flip rate against step
 * - `reliability.svg`: probability told against share observed, where images have labels
 * - `<measurement>.svg`: image grade against what the data set measures in the frame, where it can
 */
export function evaluationFiles(
  title: string,
  told: Told,
  paths: readonly EvaluatedPath[],
  { split, probe: probeId }: { split: string; probe: string },
  { dataset, encoderId, probe, sampler, editor, closeLoop, targets, calibration, threshold }:
    EvaluationSetup,
): Record<string, Uint8Array> {
  const content = {
    dataset: dataset.id,
    split,
    encoder: encoderId,
    probe: probeId,
    scale: probe.scale,
    threshold,
    sampler,
    editor: editor.name,
    closeLoop,
    targets: targets.map((target) => targetGrade(probe, target)),
    calibration: calibration.calibration,
    stepFactor: calibration.stepFactor,
    ...told,
    images: paths,
  };
  const tables = [evaluationTable(title, told, told.judge)];
  if (told.review) tables.push(`${reviewTables(told.review, probe.scale, threshold)}\n`);
  const texts: Record<string, string> = {
    "evaluation.json": JSON.stringify(content, null, 2),
    "table.md": tables.join("\n"),
    "plot.svg": evaluationChart(paths, probe.scale),
    "flips.svg": flipChart(told.flips),
    ...told.review && { "reliability.svg": reliabilityChart(told.review) },
    ...Object.fromEntries((dataset.measurements ?? []).flatMap((one) => pictureOf(one, paths))),
  };
  const text = new TextEncoder();
  return Object.fromEntries(
    Object.entries(texts).map(([name, content]) => [name, text.encode(content)]),
  );
}

function pictureOf(one: Measurement, paths: readonly EvaluatedPath[]): [string, string][] {
  const frames = measuredFrames(one, paths);
  return frames.length ? [[`${one.name}.svg`, measurementChart(one, frames)]] : [];
}
