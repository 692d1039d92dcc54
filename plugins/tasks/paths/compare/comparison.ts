/** What a comparison says about an editor: figures over the images that it moved. */

import { fitLine } from "@countergrade/countergrade/linear";
import { z } from "zod";
import type { FrameFigures } from "../frames.ts";
import type { RenderedPath } from "../render_path.ts";

/** The figures of one editor. */
export const ComparedSchema = z.object({
  editor: z.string().describe("Its name"),
  options: z.record(z.string(), z.unknown()).describe("Its options"),
  arrived: z.number().optional().describe(
    "Share of the requested shift that arrives in the image: slope of the change of the image's score on the change asked for",
  ),
  met: z.number().describe("Share of frames within the tolerance of their grade"),
  gradeMae: z.number().describe("Mean absolute difference of requested and image grade"),
  lengthSigma: z.number().describe("Mean Mahalanobis length of the edits, in σ"),
  lengthRatio: z.number().describe("Mean of the lengths over the least possible"),
  percentile: z.number().describe("Greatest percentile of an edited code among the training codes"),
});

/** One path of a comparison. */
export interface EditedImage {
  /** Place of the editor in the list. */
  readonly editor: number;
  /** Position of the image in the split, its label and its name. */
  readonly index: number;
  readonly label: number;
  readonly image: string;
  readonly path: RenderedPath;
  readonly frames: FrameFigures[];
}

/**
 * Sums up the paths of one editor.
 *
 * `arrived` is the least-squares slope, over all frames, of f(E(x')) − f(E(x̂)) on f* − f(z), as in `evaluate`: what the image's score
 * changed, net of what the reconstruction alone changes, on what it was to change. 1 when all of it arrives, 0 when the image stays.
 * Absent where all frames of all images ask for the same change.
 */
export function summarizeEditor(
  editor: string,
  options: unknown,
  images: readonly EditedImage[],
): z.infer<typeof ComparedSchema> {
  const asked: number[] = [];
  const came: number[] = [];
  for (const { path: { record, latent, reconstructed } } of images) {
    record.targetScores.forEach((score, i) => {
      asked.push(score - latent.score[0]);
      came.push(record.imageScores[i] - reconstructed.score[0]);
    });
  }
  const frames = images.flatMap(({ frames }) => frames);
  const mean = (figure: (frame: FrameFigures) => number) =>
    frames.reduce((sum, frame) => sum + figure(frame), 0) / frames.length;
  return {
    editor,
    options: options as Record<string, unknown>,
    ...(asked.some((shift) => shift !== asked[0]) && { arrived: fitLine(asked, came).slope }),
    met: mean(({ met }) => met ? 1 : 0),
    gradeMae: mean(({ imageGrade, targetGrade }) => Math.abs(imageGrade - targetGrade)),
    lengthSigma: mean(({ lengthSigma }) => lengthSigma),
    lengthRatio: mean(({ lengthRatio }) => lengthRatio),
    percentile: Math.max(...frames.map(({ percentile }) => percentile)),
  };
}
