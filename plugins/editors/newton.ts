/** Moving codes along a direction until the probe's score is the one asked for. */

import type { Edit, EditContext, Latents, Probe, Target } from "@countergrade/countergrade";
import { z } from "zod";
import { type Direction, editEach, inner } from "./edit_each.ts";

/** Options of editors that step towards a score. */
export const stepOptions = z.strictObject({
  tolerance: z.number().positive().default(1e-4)
    .describe("How far the score may miss the target, in σ"),
  maxSteps: z.int().min(1).max(1000).default(50)
    .describe("Steps to try; a linear probe needs one"),
});

/** @see {@linkcode stepOptions} */
export type StepOptions = z.infer<typeof stepOptions>;

/**
 * Moves each row by Δz = v·(f* − f)/(gᵀv), f* the target and f the present score, again and again until |f* − f| is within the
 * tolerance. For a linear probe the first step arrives.
 *
 * @throws {InputError} When a target is not finite, or the score cannot be brought there.
 * @throws {CancelledError} Between two rows, once the signal is aborted.
 */
export async function editAlong(
  direction: Direction,
  latents: Latents,
  probe: Probe,
  targets: readonly Target[],
  { tolerance, maxSteps }: StepOptions,
  context: EditContext,
): Promise<Edit> {
  return await editEach(latents, probe, targets, context, (walk) => {
    let miss = walk.miss();
    for (let k = 0; k === 0 || !(Math.abs(miss) <= tolerance); k++) {
      if (k === maxSteps) throw walk.unreachable(`${k} steps ended ${miss} σ away`);
      const g = walk.gradient();
      const v = walk.along(direction, g);
      const slope = inner(g, v);
      if (!(slope > 0)) throw walk.unreachable("the probe's gradient is zero");
      walk.advance(v, miss / slope);
      miss = walk.miss();
    }
  });
}
