/** Early stopping: the best weights so far, and whether it still pays to go on. */

import type { Tensor } from "@countergrade/countergrade";
import type { TrainingState } from "@countergrade/countergrade/engine";

/** The averaged weights with the lowest validation loss so far. */
export interface Best {
  /** The step after which they were seen. */
  readonly step: number;
  readonly validationLoss: number;
  /** `[p]`. */
  readonly weights: Tensor;
  /** Inspections since then. */
  readonly since: number;
}

/** The best after one more inspection; a tie or NaN is no improvement. */
export function bestAfter(
  best: Best | undefined,
  { step, ema }: Pick<TrainingState, "step" | "ema">,
  validationLoss: number,
): Best {
  if (best && !(validationLoss < best.validationLoss)) return { ...best, since: best.since + 1 };
  const weights = { shape: ema.shape, data: ema.data.slice() };
  return { step, validationLoss, weights, since: 0 };
}
