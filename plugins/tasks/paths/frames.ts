/** The frames of a path as plain data. */

import type { Images, Measurement, Target } from "@countergrade/countergrade";
import { z } from "zod";
import { VerdictSchema } from "../judges/witness.ts";
import { familiarityWarning } from "../latents/familiarity.ts";
import { SeenChangeSchema } from "./seen_change.ts";
import { targetText } from "./targets.ts";
import type { Judged, RenderedPath } from "./render_path.ts";

/** Beyond this percentile of the training codes' distances an edit counts as outside the data. */
const OUTSIDE = 99;

const TargetSchema = z.record(z.string(), z.union([z.number(), z.string()]))
  .meta({ apiType: "Target" });

/** A quantity of a frame's pixels, in which neither encoder nor probe has a part. */
export const MeasuredSchema = z.object({
  name: z.string().describe("What is measured, by its name in the data set"),
  unit: z.string().describe("As share of the image's height"),
  value: z.number().nullable().describe("Its value; null where it cannot be told"),
}).meta({ apiType: "Measured" });

/** What each frame `[n, c, h, w]` measures. */
export function measuredFrames(
  measurements: readonly Measurement[],
  frames: Images,
): z.infer<typeof MeasuredSchema>[][] {
  const values = measurements.map((measurement) => measurement.measure(frames));
  return Array.from({ length: frames.shape[0] }, (_, i) =>
    measurements.map(({ name, unit }, m) => {
      const value = values[m][i];
      return { name, unit, value: Number.isFinite(value) ? value : null };
    }));
}

/** The figures of a frame. */
export const FrameFiguresSchema = z.object({
  index: z.int().describe("Position in the path"),
  target: TargetSchema.describe("What was asked for, as grade, score, probability or class"),
  targetGrade: z.number().describe("Grade asked for"),
  targetScore: z.number().describe("Score asked for, in σ"),
  limited: z.boolean().optional().describe(
    "Whether the target was held back at the end of what patients have, the 1st or 99th percentile of an end grade's training images; absent in results of version 0.1",
  ),
  beyond: z.number().optional().describe(
    "Share of the real patients of the grade that lie beyond the score asked for, 0 to 1",
  ),
  latentGrade: z.number().describe("Grade of the edited code, on the scale of the targets"),
  latentScore: z.number().describe("Score of the edited code, in σ"),
  latentProbability: z.number().describe("Probability of the edited code"),
  imageGrade: z.number().describe(
    "Grade of the rendered frame, encoded again, on the scale of the targets: with relative ones this patient is at the own label as he is",
  ),
  imageRead: z.number().optional().describe(
    "What the probe reads in the frame by itself: the grade to expect at its score; absent in results of version 0.1",
  ),
  imageScore: z.number().describe("Score of the rendered frame, encoded again, in σ"),
  imageProbability: z.number().describe("Probability of the rendered frame, encoded again"),
  lengthSigma: z.number().describe("Mahalanobis length of the edit, in σ of the training codes"),
  lengthRatio: z.number().describe("Length over the least possible length"),
  percentile: z.number().describe(
    "Percentile of the edited code's distance among the training codes",
  ),
  judge: VerdictSchema.optional().describe(
    "What the judge says about the frame, where there is one",
  ),
  seen: SeenChangeSchema.optional().describe("What the pixels say, where something is held"),
  measured: z.array(MeasuredSchema).optional().describe(
    "What the data set measures in the frame's pixels, where it measures anything",
  ),
  band: z.number().optional().describe(
    "An independent judge reads such a frame within ± this many grades of what was asked, in the share of cases that the path's bands say",
  ),
  attempts: z.int().describe("How often the frame was edited and rendered; 1 in the open loop"),
  met: z.boolean().describe(
    "Whether the image's grade is within the tolerance of the target: that of the closed loop, else 0.25 (of a continuous scale, what 0.25 σ of score are); in the judge's eyes where the loop is closed by it",
  ),
}).meta({ apiType: "Frame" });

/** See {@linkcode FrameFiguresSchema}. */
export type FrameFigures = z.infer<typeof FrameFiguresSchema>;

/** What the probe says about one image. */
export const JudgementSchema = z.object({
  score: z.number().describe("Signed distance to the boundary, in σ"),
  probability: z.number().describe("Probability of the severe side"),
  grade: z.number().describe("Estimated grade"),
}).meta({ apiType: "Judgement" });

/** What the probe says of a frame's code, as it was told, and of its image, encoded again. */
export function judgementsOf(told: Judged, shown: Judged, index: number) {
  return {
    latentGrade: told.grade[index],
    latentScore: told.score[index],
    latentProbability: told.probability[index],
    imageGrade: shown.grade[index],
    imageRead: shown.read[index],
    imageScore: shown.score[index],
    imageProbability: shown.probability[index],
  };
}

/** The figures of all frames, in the order of the targets. */
export function frameFigures(path: RenderedPath): FrameFigures[] {
  const { record, goals, edit, told, shown, attempts, met, judged, bands } = path;
  return record.targetGrades.map((targetGrade, index) => ({
    index,
    target: goals[index].asked,
    targetGrade,
    targetScore: record.targetScores[index],
    limited: goals[index].limited,
    ...goals[index].beyond !== undefined && { beyond: goals[index].beyond },
    ...judgementsOf(told, shown, index),
    lengthSigma: edit.length[index],
    lengthRatio: edit.lengthRatio[index],
    percentile: edit.percentile[index],
    ...(bands?.[index] !== undefined && { band: bands[index] }),
    ...(judged && { judge: judged.frames[index] }),
    ...path.seen && { seen: path.seen[index] },
    attempts: attempts[index],
    met: met[index],
  }));
}

/** A target that is no frame. */
export const UnreachedSchema = z.object({
  target: TargetSchema.describe("What was asked for, as grade, score, probability or class"),
  reason: z.string().describe("Why it is not shown"),
}).meta({ apiType: "UnreachedTarget" });

/**
 * What to know about a path, in plain words: targets that are no frame or were held back, and frames whose code is farther out than the
 * training data, where the image's own is not.
 */
export function pathWarnings(
  path: RenderedPath,
  frames: readonly FrameFigures[],
): string[] {
  const { goals, unreached, familiarity, percentile } = path;
  const limited = goals.filter(({ limited }) => limited).map(({ asked }) => targetText(asked));
  const strange = familiarity && familiarityWarning(familiarity);
  return [
    ...strange ? [strange] : [],
    ...unreached.map(({ target, reason }) => `Not shown: ${targetText(target)}. ${reason}`),
    ...limited.length
      ? [`Held back at the end of what patients have: ${limited.join(", ")}; "extrapolate" goes on`]
      : [],
    ...percentile > OUTSIDE ? [OUTSIDE_BEFORE] : outsideWarnings(frames),
    ...arrivalWarnings(path),
  ];
}

/** Said once, instead of blaming each edit for what the image is. */
const OUTSIDE_BEFORE =
  `The image itself is unlike the training images: its code is farther out than ${OUTSIDE} % of theirs, before any edit`;

/** Less of the change of score than this, and the pictures do not follow the edit. */
const ARRIVES = 1 / 3;
/** Changes of score that are too small to say so, in σ. */
const SMALL = 0.25;

/**
 * A sentence where the pictures do not follow the codes: Σ s·a / Σ a² over the frames, a the change of score of the edited code, s that
 * of its picture beside the reconstruction.
 */
function arrivalWarnings({ told, shown, latent, reconstructed }: RenderedPath): string[] {
  const asked = told.score.map((score) => score - latent.score[0]);
  const seen = shown.score.map((score) => score - reconstructed.score[0]);
  const squares = asked.reduce((sum, value) => sum + value ** 2, 0);
  if (squares < asked.length * SMALL ** 2) return [];
  const share = asked.reduce((sum, value, i) => sum + value * seen[i], 0) / squares;
  if (share >= ARRIVES) return [];
  return [
    `The pictures do not follow the edit: of the change of score in the code ${
      Math.round(100 * Math.max(0, share))
    } % arrive in the picture`,
  ];
}

/** One sentence per frame whose code is farther out than the training data. */
function outsideWarnings(frames: readonly FrameFigures[]): string[] {
  return frames.filter(({ percentile }) => percentile > OUTSIDE).map(({ target }) =>
    `The edit to ${
      targetText(target as Target)
    } left the training data: it is farther out than ${OUTSIDE} % of the training images`
  );
}
