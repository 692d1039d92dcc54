/** An evaluation as pictures: requested against measured grade, and how far an edit must go until the image's label flips. */

import type { LabelScale } from "@countergrade/countergrade";
import { gradeAxis, numberAxis, rangeOf, shareAxis } from "../report/axes.ts";
import { chart, type Panel } from "../report/chart.ts";
import { faintDots, faintLines, line, type Point } from "../report/marks.ts";
import { perPoint, shareMarks } from "../report/shares.ts";
import type { FrameFigures } from "../paths/frames.ts";
import type { EvaluatedPath } from "./evaluated_path.ts";
import type { FlipRates } from "./flip_distance.ts";

/**
 * A thin line per path, a dot per frame, the diagonal on which every frame would lie if its image had the grade that was asked for,
 * and the mean over paths as a thick line; in the eyes of the own probe, and beside it in those of the judge, where there is one.
 */
export function evaluationChart(paths: readonly EvaluatedPath[], scale: LabelScale): string {
  const seen = (see: (frame: FrameFigures) => number | undefined) =>
    paths.map(({ frames }) =>
      frames.flatMap((frame): Point[] => {
        const value = see(frame);
        return value === undefined ? [] : [[frame.targetGrade, value]];
      })
    );
  const own = seen(({ imageGrade }) => imageGrade);
  const graded = seen(({ judge }) => judge?.grade);
  const likely = seen(({ judge }) => judge?.grade === undefined ? judge?.probability : undefined);
  const title = `Requested and measured grade of ${own.flat().length} frames`;
  return chart(title, [
    seenPanel("Does the image have the grade that was asked for?", ENCODED_AGAIN, own, scale),
    ...graded.flat().length
      ? [seenPanel("What does the judge see?", "grade by the judge", graded, scale)]
      : [],
    ...likely.flat().length ? [likelyPanel(likely, scale)] : [],
  ]);
}

function seenPanel(
  heading: string,
  label: string,
  lines: readonly Point[][],
  scale: LabelScale,
): Panel {
  const points = lines.flat();
  const targets = points.map(([target]) => target);
  return {
    heading,
    x: gradeAxis("requested grade", targets, scale.names),
    y: gradeAxis(label, [...targets, ...points.map(([, shown]) => shown)]),
    marks: [
      ...pathMarks(lines),
      line(rangeOf(targets).map((grade) => [grade, grade]), "guide"),
      line(meansBy(points), "second"),
    ],
    notes: [`${lines.length} images; red: mean, dashed: as requested`],
  };
}

const ENCODED_AGAIN = "grade of the rendered image, encoded again";

/** A judge that answers yes or no has no grades. */
function likelyPanel(lines: readonly Point[][], scale: LabelScale): Panel {
  const points = lines.flat();
  const targets = points.map(([target]) => target);
  return {
    heading: "What does the judge see?",
    x: gradeAxis("requested grade", targets, scale.names),
    y: shareAxis("probability by the judge"),
    marks: [
      ...pathMarks(lines),
      line(rangeOf(targets).map((grade) => [grade, 0.5]), "guide"),
      line(meansBy(points), "second"),
    ],
    notes: [`${lines.length} images; red: mean, dashed: undecided`],
  };
}

const pathMarks = (lines: readonly Point[][]) => [
  faintLines(lines, "first"),
  faintDots(lines.flat(), "first"),
];

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
