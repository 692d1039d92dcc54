/** Options that several linear probes have. */

import { crossValidationOptions } from "@countergrade/countergrade/linear";
import { z } from "zod";

/** How the penalty is chosen, and the space that the model is fitted in. */
export const fitOptions = {
  crossValidation: crossValidationOptions,
  standardize: z.boolean().default(true).describe(
    "Fit to standardized codes, whose dimensions weigh the same in penalty and margin, instead of raw ones",
  ),
};

/** How much each class counts. */
export const classWeights = z.enum(["none", "balanced"]).default("none")
  .describe("balanced: all classes count the same, however many rows they have");

/** How a probe without thresholds of its own grades. */
export const grading = z.enum(["linear", "isotonic"]).default("linear").describe(
  "How the grade follows from the score: a regression line, or rising steps joined by lines",
);

/** Options that stand for a penalty λ/2·‖w‖², with λ for their value. */
export const PENALTIES = {
  c: { penaltyOf: (c: number) => 1 / c, stronger: "a smaller c" },
  lambda: { penaltyOf: (lambda: number) => lambda, stronger: "a larger lambda" },
};
