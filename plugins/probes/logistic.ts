/** The probe `logistic`: logistic regression on "grade ≥ threshold", or on all classes of a nominal scale. */

import { definePlugin, type ProbePlugin, probes } from "@countergrade/countergrade";
import {
  expectScale,
  fitPenalized,
  GRADINGS,
  type LinearLoss,
  linearProbe,
  linearProbeFrom,
  rowWeights,
  signedDistance,
  trainingSet,
} from "@countergrade/countergrade/linear";
import { z } from "zod";
import { boundaryOf, problemOf } from "./linear_boundary.ts";
import { classWeights, fitOptions, grading } from "./linear_options.ts";
import { fitMultinomial } from "./multinomial.ts";
import { isMultinomial, multinomialProbeFrom } from "./multinomial_probe.ts";

const options = z.strictObject({
  c: z.number().positive().optional()
    .describe(
      "C: weight of the data against the penalty, as in scikit-learn; by default chosen by cross-validation",
    ),
  ...fitOptions,
  classWeights,
  grading,
});

/** Options of the probe `logistic`. */
export type LogisticOptions = z.infer<typeof options>;

/**
 * Minimizes, for sides y = ±1, row weights v and f = w·x + b,
 *
 *     ½‖w‖² + C·Σ vᵢ·log(1 + e^{−yᵢfᵢ}),   ∂/∂fᵢ = −C·vᵢ·yᵢ·σ(−yᵢfᵢ)
 *
 * that is scikit-learn's LogisticRegression, to convergence. Wherever the penalty lives, score and direction are those of
 * standardized space. The grade is a regression of the label on the score. On a nominal scale all classes are fitted at once,
 * see {@linkcode fitMultinomial}.
 */
const member: ProbePlugin<LogisticOptions> = {
  name: "logistic",
  description: "Logistic regression; the grade is a regression on the distance to the boundary",
  options,
  async fit(codes, labels, options, context) {
    expectScale(member.name, context.scale, "binary", "ordinal", "nominal");
    const set = trainingSet(codes, labels, context);
    if (context.scale.type === "nominal") {
      return await fitMultinomial(member.name, set, options, context);
    }
    const { sides } = set;
    const { problem, place } = problemOf(set, {
      penalty: "c",
      lossOf: (weights) => logLoss(sides, weights),
      weights: rowWeights(sides, options.classWeights),
      extras: new Float64Array(1),
      classes: sides,
    }, options);
    const fit = await fitPenalized(problem, context);
    const { plane, length } = boundaryOf(place, fit, fit.extras[0]);
    return linearProbe({
      plugin: member.name,
      scale: context.scale,
      plane,
      curve: { slope: length, intercept: 0 },
      grading: GRADINGS[options.grading](signedDistance(plane, codes), labels),
      selection: fit.selection,
    });
  },
  load: (json) => isMultinomial(json) ? multinomialProbeFrom(json) : linearProbeFrom(json),
};

/** Σ vᵢ·log(1 + e^{−yᵢfᵢ}), with the intercept as its only extra. */
function logLoss(sides: Int8Array, weights: Float64Array): LinearLoss {
  return {
    outputs: 1,
    extras: 1,
    curvature: 0.2,
    block: ([intercept], slopes) => (start, end, [f], [g]) => {
      let loss = 0;
      for (let i = start; i < end; i++) {
        const margin = sides[i] * (f[i - start] + intercept);
        // With r = e^{−|m|}, which cannot overflow: log(1 + e^{−m}) is log(1 + r) + max(−m, 0), σ(−m) is r/(1 + r) or 1/(1 + r).
        const r = Math.exp(-Math.abs(margin));
        loss += weights[i] * (Math.log1p(r) + Math.max(-margin, 0));
        slopes[0] += g[i - start] = -weights[i] * sides[i] * (margin > 0 ? r : 1) / (1 + r);
      }
      return loss;
    },
  };
}

/** Brings the probe `logistic`. */
export const logisticProbe = definePlugin({
  id: "@countergrade/logistic-probe",
  version: "0.2.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(probes, member),
});
