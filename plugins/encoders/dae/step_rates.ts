/** Learning rate and averaging of each training step. */

import type { StepRates } from "@countergrade/countergrade/engine";
import type { DaeTrainingOptions } from "./options.ts";

/** The rates of the step after `step` others. */
export function ratesAt(step: number, options: DaeTrainingOptions): StepRates {
  const { learningRate, warmUp, steps, weightDecay, maxGradientNorm } = options;
  const rise = Math.min(1, (step + 1) / Math.max(1, warmUp));
  const progress = Math.min(1, Math.max(0, (step - warmUp) / Math.max(1, steps - warmUp)));
  const fall = options.decay === "cosine"
    ? 0.02 + 0.98 * (1 + Math.cos(Math.PI * progress)) / 2
    : 1;
  const emaDecay = Math.min(options.emaDecay, (1 + step) / (10 + step));
  return { learningRate: learningRate * rise * fall, emaDecay, maxGradientNorm, weightDecay };
}
