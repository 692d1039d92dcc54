/** The editor `raw`: along the weights of the probe as they are, as the reference does, for comparison. */

import { definePlugin, type EditorPlugin, editors } from "@countergrade/countergrade";
import { z } from "zod";
import { type Direction, editEach, inner } from "./edit_each.ts";
import { editAlong, stepOptions } from "./newton.ts";

const options = stepOptions.extend({
  step: z.number().positive().max(1e6).optional().describe(
    "Instead of going to the target: from the image by so many units of the raw code, times the target's score, as in the notebooks of the reference, whose steps are 100·|w|/√d to 900·|w|/√d",
  ),
});

/** v = g: the gradient in raw code space, which knows neither the scale of a dimension nor what goes together. */
const asItIs: Direction = (g) => g;

/**
 * Steps along the gradient of the score in raw code space: Δz = g·(f* − f)/(gᵀg), or with `step` fixed steps Δz = s·step·g/|g|, s the
 * score that a target asks for, wherever that leads. Gradients of a linear probe are its weights w.
 */
const member: EditorPlugin<z.infer<typeof options>> = {
  name: "raw",
  description:
    "Along the weights in raw code space, to the target or by fixed steps, as the reference does: for comparison",
  options,
  edit(latents, probe, targets, { step, ...how }, context) {
    if (step === undefined) return editAlong(asItIs, latents, probe, targets, how, context);
    return editEach(latents, probe, targets, context, (walk) => {
      const g = walk.gradient();
      const v = walk.along(asItIs, g);
      const length = Math.sqrt(inner(v, v));
      if (!(length > 0)) throw walk.unreachable("the probe's gradient is zero");
      walk.advance(v, walk.goal * step / length);
    });
  },
};

/** Brings the editor `raw`. */
export const rawEditor = definePlugin({
  id: "@countergrade/raw-editor",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(editors, member),
});
