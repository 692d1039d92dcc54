/** The editor `gradient`: small steps uphill or downhill, for probes whose score is no straight line. */

import { definePlugin, type EditorPlugin, editors } from "@countergrade/countergrade";
import { mahalanobisLength } from "@countergrade/countergrade/linear";
import { z } from "zod";
import { editEach, inner, timesCovariance, timesVariance, type Walk } from "./edit_each.ts";

const options = z.strictObject({
  precondition: z.boolean().default(true)
    .describe("Steps along the covariance times the gradient; otherwise along the gradient alone"),
  stepLength: z.number().positive().max(100).default(0.5)
    .describe("Longest step, in σ of the training codes"),
  tolerance: z.number().positive().default(1e-4)
    .describe("How far the score may miss the target, in σ"),
  maxSteps: z.int().min(1).max(10_000).default(200).describe("Steps to try"),
});

type Options = z.infer<typeof options>;

/** A step must take off at least this share of what its tangent promises (Armijo's condition). */
const ENOUGH = 1e-4;
/** How often a step is halved before there is none: below 1e-9 of its length float32 codes stand still. */
const HALVINGS = 30;

/**
 * Walks by Δz = t·v, v = Σg or σ²⊙g, g the gradient of the score f where the code is now:
 *
 *     t = (f* − f)/(gᵀv), but no further than √(ΔzᵀΣ⁻¹Δz) = stepLength,
 *     halved until |f* − f(z + t·v)| ≤ (1 − 10⁻⁴·s)·|f* − f(z)|, s = t·gᵀv/(f* − f)
 *
 * (Nocedal and Wright, Numerical Optimization, ch. 3: Newton's step for one equation with backtracking.) So the miss falls with
 * every step, where the plain Newton steps of `pattern` and `shortest` may jump over a bend of the score and never settle.
 * For a linear probe the way is a straight line to the point of `pattern`, or without `precondition` of `shortest`.
 */
const member: EditorPlugin<Options> = {
  name: "gradient",
  description: "Small steps along the gradient of the score, for probes that are not linear",
  options,
  edit: (latents, probe, targets, options, context) =>
    editEach(latents, probe, targets, context, (walk) => descend(walk, options)),
};

/** @throws {InputError} When the score cannot be brought within the tolerance. */
function descend(walk: Walk, { precondition, stepLength, tolerance, maxSteps }: Options): void {
  const direction = precondition ? timesCovariance : timesVariance;
  let miss = walk.miss();
  // At least one step, however near: only a code that is exactly at its target stays as it is.
  for (let k = 0; k === 0 || Math.abs(miss) > tolerance; k++) {
    if (k === maxSteps) throw walk.unreachable(`${k} steps ended ${miss} σ away`);
    const g = walk.gradient();
    const v = walk.along(direction, g);
    const slope = inner(g, v);
    if (!(slope > 0)) {
      throw walk.unreachable(`the probe's gradient is zero ${miss} σ away`);
    }
    const whole = miss / slope;
    const longest = stepLength / mahalanobisLength(walk.statistics, v);
    miss = shortened(walk, v, whole, Math.min(1, longest / Math.abs(whole)), tolerance);
  }
}

/**
 * Goes the share `share` of the step `whole`·v, or the first half, quarter … of it that helps enough; tells the miss there.
 *
 * @throws {InputError} When none helps and the miss is beyond the tolerance. Within it, float32 codes may be at their best.
 */
function shortened(
  walk: Walk,
  v: Float64Array,
  whole: number,
  share: number,
  tolerance: number,
): number {
  const before = Math.abs(walk.miss());
  walk.advance(v, whole * share);
  for (let k = 0; k < HALVINGS; k++) {
    const miss = walk.miss();
    if (Math.abs(miss) <= (1 - ENOUGH * share) * before) return miss;
    share /= 2;
    walk.advance(v, -whole * share);
  }
  const left = walk.miss();
  if (Math.abs(left) <= tolerance) return left;
  throw walk.unreachable(`no step brings it nearer than ${before} σ`);
}

/** Brings the editor `gradient`. */
export const gradientEditor = definePlugin({
  id: "@countergrade/gradient-editor",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(editors, member),
});
