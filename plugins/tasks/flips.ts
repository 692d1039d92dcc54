/** How far an edit must go until the image's label flips. */

import { reliabilityBins } from "@countergrade/countergrade";
import { z } from "zod";
import type { EvaluatedPath } from "./evaluation.ts";

const FlipBinSchema = z.object({
  step: z.number().describe("Mean step, in σ"),
  flipped: z.number().describe("Share of the frames whose label flipped"),
  frames: z.int().describe("Frames"),
});

/** Flip rates in bins of equal mass. */
export const FlipRatesSchema = z.object({
  byScore: z.array(FlipBinSchema).describe(
    "By the score asked for beyond the boundary, seen from the unedited image; negative before it",
  ),
  byLength: z.array(FlipBinSchema).describe(
    "By the Mahalanobis length of edits towards the boundary and beyond",
  ),
});

/** See {@linkcode FlipRatesSchema}. */
export type FlipRates = z.infer<typeof FlipRatesSchema>;

/**
 * The share of frames whose re-encoded score lies on the other side of the boundary than that of the re-encoded reconstruction, against
 * the step: −sign(f(E(x̂)))·f*, the score asked for beyond the boundary, of all frames; and the edit's Mahalanobis length of those that
 * were edited towards the boundary. Equal steps are never parted.
 */
export function flipRates(paths: readonly EvaluatedPath[]): FlipRates {
  const frames = paths.flatMap(({ frames, reconstructionScore, targetScores, latentScore }) =>
    frames.map(({ imageScore, lengthSigma }, i) => {
      const away = reconstructionScore > 0 ? -1 : 1;
      return {
        flipped: imageScore > 0 === reconstructionScore > 0 ? 0 : 1,
        beyond: away * targetScores[i],
        length: lengthSigma,
        towards: away * (targetScores[i] - latentScore) > 0,
      };
    })
  );
  const across = frames.filter(({ towards }) => towards);
  const binned = (of: typeof frames, step: (frame: (typeof frames)[number]) => number) =>
    reliabilityBins(of.map(({ flipped }) => flipped), of.map(step))
      .map(({ predicted, observed, count }) => ({
        step: predicted,
        flipped: observed,
        frames: count,
      }));
  return {
    byScore: binned(frames, ({ beyond }) => beyond),
    byLength: binned(across, ({ length }) => length),
  };
}
