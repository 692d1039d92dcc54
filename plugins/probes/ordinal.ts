/** The probe `ordinal`: one direction for all grades, with a threshold between each two. */

import { definePlugin, InputError, type ProbePlugin, probes } from "@countergrade/countergrade";
import {
  CodeMatrix,
  crossValidationOptions,
  expectScale,
  fitPenalized,
  fitSpace,
  hyperplane,
  type LinearLoss,
  linearProbe,
  linearProbeFrom,
  medianGrading,
  PenalizedFitter,
  rowWeights,
  standardizedWeights,
  totalVariance,
  trainingSet,
} from "@countergrade/countergrade/linear";
import { z } from "zod";

const options = z.strictObject({
  lambda: z.number().nonnegative().optional()
    .describe("λ: weight of the penalty λ/2·‖w‖²; by default chosen by cross-validation"),
  crossValidation: crossValidationOptions,
  standardize: z.boolean().default(true)
    .describe("Penalize the weights of standardized codes instead of raw ones"),
  classWeights: z.enum(["none", "balanced"]).default("none")
    .describe("balanced: all grades count the same, however many rows they have"),
});

/** Options of the probe `ordinal`. */
export type OrdinalOptions = z.infer<typeof options>;

/**
 * The cumulative-link logit model (McCullagh 1980): P(label ≤ k) = σ(θₖ − s), s = w·x, θ₀ < θ₁ < …, by maximum likelihood
 * with the penalty λ/2·‖w‖² (thresholds are not penalized). With u = θₖ − s, l = θₖ₋₁ − s of a row of label k,
 *
 *     −log P = −log σ(u) − log σ(−l) − log(1 − e^{l−u})
 *     ∂/∂u = −σ(−u) − 1/(e^{u−l} − 1),   ∂/∂l = σ(l) + 1/(e^{u−l} − 1),   ∂/∂s = −∂/∂u − ∂/∂l
 *
 * where the terms of an end that does not exist vanish. The score is the distance to the threshold of the binary
 * question, the label the median class, and the grade the grouped median (see `medianGrading`).
 */
const member: ProbePlugin<OrdinalOptions> = {
  name: "ordinal",
  description:
    "Ordinal regression (cumulative logit); grade by the median of the predicted distribution",
  options,
  async fit(codes, labels, { lambda, crossValidation, standardize, classWeights }, context) {
    expectScale(member.name, context.scale, "binary", "ordinal");
    const { standardization } = trainingSet(codes, labels, context);
    const space = fitSpace(standardization, standardize);
    // Grades that nobody has would push their thresholds together without end: fit the others.
    const present = [...new Set(labels)].sort((a, b) => a - b);
    const rank = Int32Array.from(labels, (label) => present.indexOf(label));
    const gaps = present.length - 1;
    const fitter = new PenalizedFitter(new CodeMatrix(codes, space));
    const { w: found, extras, converged, selection } = await fitPenalized({
      fitter,
      lossOf: (weights) => cumulativeLoss(rank, gaps, weights),
      weights: rowWeights(labels, classWeights),
      extras: startAt(rank, gaps),
      classes: rank,
      given: lambda,
      option: "lambda",
      penaltyOf: (lambda) => lambda,
      crossValidation,
      variance: totalVariance(standardization, space),
    }, context);

    const w = standardizedWeights(found, space, standardization);
    const thresholds = spreadOver(thresholdsOf(extras), present, context.scale.names.length);
    const boundary = hyperplane(standardization, w, -thresholds[context.threshold - 1]);
    if (!boundary || !converged) {
      throw new InputError(
        `Cannot fit a probe: ${
          boundary ? "the fit did not converge, try a larger lambda" : "the codes do not tell"
        }`,
      );
    }
    const { plane, length } = boundary;
    const origin = thresholds[context.threshold - 1];
    return linearProbe({
      plugin: member.name,
      scale: context.scale,
      plane,
      curve: { slope: length, intercept: 0 },
      grading: medianGrading(thresholds.map((theta) => (theta - origin) / length), length),
      selection,
    });
  },
  load: linearProbeFrom,
};

/** Σ vᵢ·(−log P(kᵢ)), with the parameters of the thresholds as extras. */
function cumulativeLoss(rank: Int32Array, gaps: number, weights: Float64Array): LinearLoss {
  return {
    outputs: 1,
    extras: gaps,
    curvature: 0.25,
    block: (extras, slopes) => {
      const theta = thresholdsOf(extras);
      // θₖ = x₀ + Σ e^{x}: each gap moves all thresholds above it.
      const rises = extras.map((x, k) => k === 0 ? 1 : Math.exp(x));
      const crowds = theta.map((t, k) => k === 0 ? 0 : 1 / Math.expm1(t - theta[k - 1]));
      const widths = theta.map((t, k) => k === 0 ? 0 : -Math.log(-Math.expm1(theta[k - 1] - t)));
      return (start, end, [f], [g]) => {
        let loss = 0;
        const steps = new Float64Array(gaps);
        for (let i = start; i < end; i++) {
          const [k, s] = [rank[i], f[i - start]];
          let [du, dl, nll] = [0, 0, 0];
          // With r = e^{−|v|}: σ(v) is 1/(1 + r) or r/(1 + r), −log σ(−v) is log(1 + r) + max(v, 0).
          if (k < gaps) {
            const above = s - theta[k];
            const rest = Math.exp(-Math.abs(above));
            du -= (above > 0 ? 1 : rest) / (1 + rest);
            nll += Math.log1p(rest) + Math.max(above, 0);
          }
          if (k > 0) {
            const below = theta[k - 1] - s;
            const rest = Math.exp(-Math.abs(below));
            dl += (below > 0 ? 1 : rest) / (1 + rest);
            nll += Math.log1p(rest) + Math.max(below, 0);
          }
          if (k > 0 && k < gaps) {
            du -= crowds[k];
            dl += crowds[k];
            nll += widths[k];
          }
          loss += weights[i] * nll;
          g[i - start] = -weights[i] * (du + dl);
          if (k < gaps) steps[k] += weights[i] * du;
          if (k > 0) steps[k - 1] += weights[i] * dl;
        }
        let above = 0;
        for (let k = gaps - 1; k >= 0; k--) {
          above += steps[k];
          slopes[k] += above * rises[k];
        }
        return loss;
      };
    },
  };
}

/** θ from its parameters: the first one, then the logarithms of the gaps. */
function thresholdsOf(parameters: Float64Array): number[] {
  const theta = [parameters[0]];
  for (let k = 1; k < parameters.length; k++) theta.push(theta[k - 1] + Math.exp(parameters[k]));
  return theta;
}

/** The thresholds that the frequencies of the labels alone would give. */
function startAt(rank: Int32Array, gaps: number): Float64Array {
  const start = new Float64Array(gaps);
  let before = 0;
  for (let k = 0; k < gaps; k++) {
    const share = rank.filter((r) => r <= k).length / rank.length;
    const theta = Math.log(share / (1 - share));
    start[k] = k === 0 ? theta : Math.log(theta - before);
    before = theta;
  }
  return start;
}

/**
 * One threshold per pair of neighboring grades of the scale, from those between the grades that the labels hold: grades missing in
 * between share a narrow band (a tenth of a logit each), those missing at an end are a logit wide each.
 */
function spreadOver(
  theta: readonly number[],
  present: readonly number[],
  classes: number,
): number[] {
  const out: number[] = [];
  for (let k = 0; k < classes - 1; k++) {
    const at = present.findLastIndex((label) => label <= k);
    if (at < 0) out.push(theta[0] - (present[0] - k));
    else if (at >= theta.length) out.push(theta[theta.length - 1] + (k - present[at] + 1));
    else {
      const missing = present[at + 1] - present[at] - 1;
      const room = Math.min(...theta.slice(1).map((t, i) => t - theta[i])) / (missing + 1);
      out.push(theta[at] + Math.min(0.1, room) * (k - present[at] - missing / 2));
    }
  }
  return out;
}

/** Brings the probe `ordinal`. */
export const ordinalProbe = definePlugin({
  id: "@countergrade/ordinal-probe",
  version: "0.2.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(probes, member),
});
