/** The probe `logistic`: logistic regression on "grade ≥ threshold". */

import {
  definePlugin,
  fitLineGrading,
  fitSpace,
  hyperplane,
  InputError,
  linearProbe,
  linearProbeFrom,
  minimise,
  type ProbePlugin,
  probes,
  project,
  pullBack,
  rowWeights,
  signedDistance,
  standardisedWeights,
  trainingSet,
} from "@countergrade/countergrade";
import { z } from "zod";

const options = z.strictObject({
  c: z.number().positive().default(1)
    .describe("C: weight of the data against the penalty, as in scikit-learn"),
  standardise: z.boolean().default(false)
    .describe("Penalise the weights of standardised codes instead of raw ones"),
  classWeights: z.enum(["none", "balanced"]).default("none")
    .describe("balanced: both sides count the same, however many rows they have"),
});

/** Options of the probe `logistic`. */
export type LogisticOptions = z.infer<typeof options>;

/**
 * Minimises, for sides y = ±1, row weights v and f = w·x + b,
 *
 *     ½‖w‖² + C·Σ vᵢ·log(1 + e^{−yᵢfᵢ}),   ∂/∂fᵢ = −C·vᵢ·yᵢ·σ(−yᵢfᵢ)
 *
 * that is scikit-learn's LogisticRegression, by L-BFGS to convergence. Wherever the penalty lives, score and
 * direction are those of standardised space. The grade is the regression of the label on the score.
 */
const member: ProbePlugin<LogisticOptions> = {
  name: "logistic",
  description: "Logistic regression; grade by linear regression on the distance to the boundary",
  options,
  async fit(codes, labels, { c, standardise, classWeights }, context) {
    const { sides, standardisation } = trainingSet(codes, labels, context);
    const [n, d] = codes.shape;
    const space = fitSpace(standardisation, standardise);
    const weights = rowWeights(sides, classWeights);
    const g = new Float64Array(n);
    // Both terms divided by C·n, so that one tolerance fits all sizes.
    const { x, converged } = await minimise(
      (x, gradient) => {
        const w = x.subarray(0, d);
        const f = project(codes, space, w);
        let loss = 0;
        let slope = 0;
        for (let i = 0; i < n; i++) {
          const margin = sides[i] * (f[i] + x[d]);
          loss += weights[i] * (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(-margin, 0));
          g[i] = -weights[i] * sides[i] / (1 + Math.exp(margin)) / n;
          slope += g[i];
        }
        gradient.set(pullBack(codes, space, g));
        gradient[d] = slope;
        let penalty = 0;
        for (let j = 0; j < d; j++) {
          gradient[j] += w[j] / (c * n);
          penalty += w[j] * w[j] / 2;
        }
        return loss / n + penalty / (c * n);
      },
      new Float64Array(d + 1),
      { tolerance: 1e-9, signal: context.signal },
    );

    const w = standardisedWeights(x.subarray(0, d), space, standardisation);
    const boundary = hyperplane(standardisation, w, x[d]);
    if (!boundary || !converged) {
      throw new InputError(
        `Cannot fit a probe: ${boundary ? "the fit did not converge" : "the codes do not tell"}`,
      );
    }
    const { plane, length } = boundary;
    return linearProbe({
      plugin: member.name,
      scale: context.scale,
      plane,
      curve: { slope: length, intercept: 0 },
      grading: fitLineGrading(signedDistance(plane, codes), labels),
    });
  },
  load: linearProbeFrom,
};

/** Brings the probe `logistic`. */
export const logisticProbe = definePlugin({
  id: "@countergrade/logistic-probe",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(probes, member),
});
