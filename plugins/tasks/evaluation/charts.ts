/** An evaluation as pictures: requested against measured grade, and how far an edit must go until the image's label flips. */

import type { LabelScale } from "@countergrade/countergrade";
import { gradeAxis, numberAxis, rangeOf, shareAxis } from "../report/axes.ts";
import { chart, type Panel } from "../report/chart.ts";
import { faintDots, faintLines, line, type Point } from "../report/marks.ts";
import { perPoint, shareMarks } from "../report/shares.ts";
import type { EvaluatedPath } from "./evaluated_path.ts";
import type { FlipRates } from "./flip_distance.ts";

/**
 * A thin line per path, a dot per frame, the diagonal on which every frame would lie if its image had the grade that was asked for,
 * and the mean over paths as a thick line.
 */
export function evaluationChart(paths: readonly EvaluatedPath[], scale: LabelScale): string {
  const lines = paths.map(({ frames }) =>
    frames.map(({ targetGrade, imageGrade }): Point => [targetGrade, imageGrade])
  );
  const points = lines.flat();
  const targets = points.map(([target]) => target);
  const shown = points.map(([, shown]) => shown);
  return chart(`Requested and measured grade of ${points.length} frames`, [{
    heading: "Does the image have the grade that was asked for?",
    x: gradeAxis("requested grade", targets, scale.names),
    y: gradeAxis("grade of the rendered image, encoded again", [...targets, ...shown]),
    marks: [
      faintLines(lines, "first"),
      faintDots(points, "first"),
      line(rangeOf(targets).map((grade) => [grade, grade]), "guide"),
      line(meansBy(points), "second"),
    ],
    notes: [`${paths.length} images; red: mean, dashed: as requested`],
  }]);
}

/** The mean of y at every x, from low to high. */
export function meansBy(points: readonly Point[]): Point[] {
  const groups = Map.groupBy(points, ([x]) => x);
  return [...groups].map(([x, group]): Point => [
    x,
    group.reduce((sum, [, y]) => sum + y, 0) / group.length,
  ]).sort(([a], [b]) => a - b);
}

/** The share of flipped images against the score asked for and against the length of the edit. */
export function flipChart({ byScore, byLength }: FlipRates): string {
  const panel = (heading: string, label: string, bins: FlipRates["byScore"]): Panel => ({
    heading,
    x: numberAxis(label, [0, ...bins.map(({ step }) => step)]),
    y: shareAxis("share of images whose label flipped"),
    marks: shareMarks(bins.map(({ step, flipped, frames }) => ({
      x: step,
      share: flipped,
      count: frames,
    }))),
    notes: [perPoint("frames", bins.map(({ frames }) => frames)), "bars: 95 % (Wilson)"],
  });
  const score = panel("By the score asked for", "score asked for beyond the boundary, σ", byScore);
  const ideal = line([[0, 0], [0, 1]], "guide");
  return chart("Flip rate against step", [
    {
      ...score,
      marks: [ideal, ...score.marks!],
      notes: [score.notes![0], `${score.notes![1]}; dashed: where every image would flip`],
    },
    panel("By the length of the edit", "Mahalanobis length of the edit, σ", byLength),
  ]);
}
