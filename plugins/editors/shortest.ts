/** The editor `shortest`: the shortest step to the target, for comparison. */

import { definePlugin, type EditorPlugin, editors } from "@countergrade/countergrade";
import { timesVariance } from "./edit_each.ts";
import { editAlong, type StepOptions, stepOptions } from "./newton.ts";

/**
 * Steps along the gradient of the score in standardized space: Δz = σ²⊙g·(f* − f)/(gᵀ(σ²⊙g)). No step of fewer σ per
 * dimension reaches the target, but it ignores that dimensions go together: the score moves more than the image does.
 */
const member: EditorPlugin<StepOptions> = {
  name: "shortest",
  description: "The shortest step in standardized space: along the gradient of the score",
  options: stepOptions,
  edit: (latents, probe, targets, options, context) =>
    editAlong(timesVariance, latents, probe, targets, options, context),
};

/** Brings the editor `shortest`. */
export const shortestEditor = definePlugin({
  id: "@countergrade/shortest-editor",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(editors, member),
});
