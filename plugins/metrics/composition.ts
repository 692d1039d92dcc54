/** The metric `composition`: does an image stay itself when nothing is asked of it, again and again? */

import { definePlugin, type MetricPlugin, metrics } from "@countergrade/countergrade";
import { meanAbsoluteDifference } from "@countergrade/countergrade/images";

/** Null edits in a row, as in the benchmark of Melistas et al. */
const CYCLES = 10;

/**
 * Composition (Monteiro et al. 2023, Measuring axiomatic soundness of counterfactual image models, definition of section 3; cycles as in
 * Melistas et al. 2024): x⁽⁰⁾ is the image, x⁽ᵐ⁾ what comes of x⁽ᵐ⁻¹⁾ encoded, inverted and rendered without an edit.
 *
 * - `composition1` = mean |x⁽¹⁾ − x|, what one rendering loses
 * - `composition10` = mean |x⁽¹⁰⁾ − x|, what ten lose
 */
const member: MetricPlugin = {
  name: "composition",
  description:
    "Mean distance (intensity, range 2) of the image and what is left of it after one and after ten null edits, each a full way to noise " +
    "and back (composition1, composition10); lower is better, zero means that nothing is lost",
  cost: `${CYCLES} inversions and ${CYCLES} renderings of the image`,
  async measure({ original }, tools) {
    let image = original;
    let first = NaN;
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      const codes = await tools.encode(image);
      const noise = await tools.encodeStochastic(image, codes);
      image = await tools.render({ codes, noise });
      if (cycle === 1) first = meanAbsoluteDifference(original, image)[0];
    }
    return { composition1: first, composition10: meanAbsoluteDifference(original, image)[0] };
  },
};

/** Brings the metric `composition`. */
export const compositionMetric = definePlugin({
  id: "@countergrade/composition-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
