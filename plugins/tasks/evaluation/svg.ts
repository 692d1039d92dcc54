/** An evaluation as pictures: requested against measured grade, and how far an edit must go until the image's label flips. */

import type { LabelScale } from "@countergrade/countergrade";
import {
  chart,
  gradeAxis,
  type Mark,
  numberAxis,
  type Panel,
  perPoint,
  rangeOf,
  shareAxis,
  shareInterval,
} from "../report/chart_svg.ts";
import type { EvaluatedPath } from "./evaluated_path.ts";
import type { FlipRates } from "./flip_distance.ts";

/**
 * A thin line per path, a dot per frame, the diagonal on which every frame would lie if its image had the grade that was asked for,
 * and the mean over paths as a thick line.
 */
export function evaluationPlot(paths: readonly EvaluatedPath[], scale: LabelScale): string {
  const frames = paths.flatMap((path) => path.frames);
  const targets = frames.map(({ targetGrade }) => targetGrade);
  const shown = frames.map(({ imageGrade }) => imageGrade);
  const ends = rangeOf(targets);
  const means = meansBy(targets, shown);
  return chart(`Requested and measured grade of ${frames.length} frames`, [{
    title: "Does the image have the grade that was asked for?",
    x: gradeAxis("requested grade", targets, scale.names),
    y: gradeAxis("grade of the rendered image, encoded again", [...targets, ...shown]),
    marks: [
      ...paths.map(({ frames }): Mark => ({
        line: frames.map(({ targetGrade, imageGrade }) => [targetGrade, imageGrade]),
        tone: "first",
        faint: true,
      })),
      ...frames.map(({ targetGrade, imageGrade }): Mark => ({
        dot: [targetGrade, imageGrade],
        tone: "first",
        faint: true,
      })),
      { line: ends.map((grade) => [grade, grade]), tone: "guide" },
      { line: means, tone: "second" },
    ],
    notes: [`${paths.length} images; red: mean, dashed: as requested`],
  }]);
}

/** The mean of `values` at every one of `keys`, from low to high. */
export function meansBy(
  keys: readonly number[],
  values: readonly number[],
): [key: number, mean: number][] {
  const sums = new Map<number, { sum: number; count: number }>();
  keys.forEach((key, i) => {
    const { sum, count } = sums.get(key) ?? { sum: 0, count: 0 };
    sums.set(key, { sum: sum + values[i], count: count + 1 });
  });
  return [...sums].map(([key, { sum, count }]): [number, number] => [key, sum / count])
    .sort(([a], [b]) => a - b);
}

/** The share of flipped images against the score asked for and against the length of the edit. */
export function flipPlot({ byScore, byLength }: FlipRates): string {
  const panel = (title: string, label: string, bins: FlipRates["byScore"]): Panel => ({
    title,
    x: numberAxis(label, [0, ...bins.map(({ step }) => step)]),
    y: shareAxis("share of images whose label flipped"),
    marks: [
      { line: bins.map(({ step, flipped }) => [step, flipped]), tone: "first" },
      ...bins.map(({ step, flipped, frames }): Mark => ({
        dot: [step, flipped],
        tone: "first",
        ...shareInterval(flipped, frames),
      })),
    ],
    notes: [perPoint("frames", bins.map(({ frames }) => frames)), "bars: 95 % (Wilson)"],
  });
  const ideal: Mark = { line: [[0, 0], [0, 1]], tone: "guide" };
  const score = panel("By the score asked for", "score asked for beyond the boundary, σ", byScore);
  return chart("Flip rate against step", [
    {
      ...score,
      marks: [ideal, ...score.marks],
      notes: [score.notes![0], `${score.notes![1]}; dashed: where every image would flip`],
    },
    panel("By the length of the edit", "Mahalanobis length of the edit, σ", byLength),
  ]);
}
