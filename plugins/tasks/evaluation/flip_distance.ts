/** How far an edit must go until the image's label flips. */

import { reliabilityBins } from "@countergrade/countergrade/review";
import { z } from "zod";
import type { EvaluatedPath } from "./evaluated_path.ts";

const FlipBinSchema = z.object({
  step: z.number().describe("Mean step, in σ"),
  flipped: z.number().describe("Share of the frames whose label flipped"),
  frames: z.int().describe("Frames"),
});

/** So few different steps, as targets ask for, have a point each. */
const FEW = 20;

/** Flip rates of like steps. */
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
 * were edited towards the boundary. Up to 20 different steps have a bin each, more go into bins of equal mass; equal steps are never
 * parted.
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
  const binned = (of: typeof frames, step: (frame: (typeof frames)[number]) => number) => {
    const steps = of.map(step);
    const kinds = new Set(steps).size;
    const bins = kinds <= FEW ? Math.max(1, steps.length) : undefined;
    return reliabilityBins(of.map(({ flipped }) => flipped), steps, bins)
      .map(({ predicted, observed, count }) => ({
        step: predicted,
        flipped: observed,
        frames: count,
      }));
  };
  return {
    byScore: binned(frames, ({ beyond }) => beyond),
    byLength: binned(frames.filter(({ towards }) => towards), ({ length }) => length),
  };
}
