/** The editor `pattern`: the likeliest change of a code that reaches the target. */

import { definePlugin, type EditorPlugin, editors } from "@countergrade/countergrade";
import { timesCovariance } from "./edit_each.ts";
import { editAlong, type StepOptions, stepOptions } from "./newton.ts";

/**
 * Steps along Σg, g the gradient of the score and Σ the covariance of the training codes:
 *
 *     Δz = Σg·(f* − f)/(gᵀΣg)   minimizes   ΔzᵀΣ⁻¹Δz   subject to   gᵀΔz = f* − f
 *
 * For a linear model Σw is its "pattern" (Haufe et al., NeuroImage 2014): what changes in the data when the score does.
 * The weights w themselves are no such direction when code dimensions are correlated.
 */
const member: EditorPlugin<StepOptions> = {
  name: "pattern",
  description:
    "The likeliest change that reaches the target: along the covariance times the gradient",
  options: stepOptions,
  edit: (latents, probe, targets, options, context) =>
    editAlong(timesCovariance, latents, probe, targets, options, context),
};

/** Brings the editor `pattern`. */
export const patternEditor = definePlugin({
  id: "@countergrade/pattern-editor",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(editors, member),
});
