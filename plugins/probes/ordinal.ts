/** The probe `ordinal`: one direction for all grades, with a threshold between each two. */

import {
  definePlugin,
  fitSpace,
  hyperplane,
  InputError,
  linearProbe,
  linearProbeFrom,
  medianGrading,
  minimise,
  type ProbePlugin,
  probes,
  project,
  pullBack,
  rowWeights,
  standardisedWeights,
  trainingSet,
} from "@countergrade/countergrade";
import { z } from "zod";

/** Chosen by five-fold cross-validation of the grade on the 1,080 training codes of RetinaMNIST (d = 512); flat from half to twice. */
const LAMBDA_PER_DIMENSION = 0.4;

const options = z.strictObject({
  lambda: z.number().nonnegative().optional()
    .describe(
      `Weight of the penalty λ/2·‖w‖²; by default ${LAMBDA_PER_DIMENSION} per code dimension`,
    ),
  standardise: z.boolean().default(true)
    .describe("Penalise the weights of standardised codes instead of raw ones"),
  classWeights: z.enum(["none", "balanced"]).default("none")
    .describe("balanced: all grades count the same, however many rows they have"),
});

/** Options of the probe `ordinal`. */
export type OrdinalOptions = z.infer<typeof options>;

/**
 * The cumulative-link logit model (McCullagh 1980): P(label ≤ k) = σ(θₖ − s), s = w·x, θ₀ < θ₁ < …, by maximum likelihood
 * with the penalty λ/2·‖w‖² (thresholds are not penalised). With u = θₖ − s, l = θₖ₋₁ − s of a row of label k,
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
  async fit(codes, labels, { lambda, standardise, classWeights }, context) {
    if (context.scale.type === "nominal") {
      throw new InputError("Cannot fit an ordinal probe: expected an ordinal scale, got nominal");
    }
    const { standardisation } = trainingSet(codes, labels, context);
    const [n, d] = codes.shape;
    const space = fitSpace(standardisation, standardise);
    const weights = rowWeights(labels, classWeights);
    const penalty = (lambda ?? LAMBDA_PER_DIMENSION * d) / n;
    // Grades that nobody has would push their thresholds together without end: fit the others.
    const present = [...new Set(labels)].sort((a, b) => a - b);
    const rank = Int32Array.from(labels, (label) => present.indexOf(label));
    const gaps = present.length - 1;

    const g = new Float64Array(n);
    const { x, converged } = await minimise(
      (x, gradient) => {
        const w = x.subarray(0, d);
        const theta = thresholdsOf(x.subarray(d));
        const slopes = new Float64Array(gaps);
        const s = project(codes, space, w);
        let loss = 0;
        for (let i = 0; i < n; i++) {
          const k = rank[i];
          const share = weights[i] / n;
          let [du, dl, nll] = [0, 0, 0];
          if (k < gaps) {
            du -= sigmoid(s[i] - theta[k]);
            nll += softplus(s[i] - theta[k]);
          }
          if (k > 0) {
            dl += sigmoid(theta[k - 1] - s[i]);
            nll += softplus(theta[k - 1] - s[i]);
          }
          if (k > 0 && k < gaps) {
            const crowd = 1 / Math.expm1(theta[k] - theta[k - 1]);
            du -= crowd;
            dl += crowd;
            nll -= Math.log(-Math.expm1(theta[k - 1] - theta[k]));
          }
          loss += share * nll;
          g[i] = -share * (du + dl);
          if (k < gaps) slopes[k] += share * du;
          if (k > 0) slopes[k - 1] += share * dl;
        }
        gradient.set(pullBack(codes, space, g));
        let squares = 0;
        for (let j = 0; j < d; j++) {
          gradient[j] += penalty * w[j];
          squares += w[j] * w[j];
        }
        // θₖ = x_d + Σ e^{x}: each gap moves all thresholds above it.
        let above = 0;
        for (let k = gaps - 1; k >= 0; k--) {
          above += slopes[k];
          gradient[d + k] = k === 0 ? above : above * Math.exp(x[d + k]);
        }
        return loss + penalty / 2 * squares;
      },
      startAt(rank, gaps, d),
      { tolerance: 1e-8, signal: context.signal },
    );

    const w = standardisedWeights(x.subarray(0, d), space, standardisation);
    const thresholds = spreadOver(thresholdsOf(x.subarray(d)), present, context.scale.names.length);
    const boundary = hyperplane(standardisation, w, -thresholds[context.threshold - 1]);
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
    });
  },
  load: linearProbeFrom,
};

const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
/** −log σ(−v) */
const softplus = (v: number) => Math.log1p(Math.exp(-Math.abs(v))) + Math.max(v, 0);

/** θ from its parameters: the first one, then the logarithms of the gaps. */
function thresholdsOf(parameters: Float64Array): number[] {
  const theta = [parameters[0]];
  for (let k = 1; k < parameters.length; k++) theta.push(theta[k - 1] + Math.exp(parameters[k]));
  return theta;
}

/** w = 0 and the thresholds that the frequencies of the labels alone would give. */
function startAt(rank: Int32Array, gaps: number, d: number): Float64Array {
  const start = new Float64Array(d + gaps);
  let before = 0;
  for (let k = 0; k < gaps; k++) {
    const share = rank.filter((r) => r <= k).length / rank.length;
    const theta = Math.log(share / (1 - share));
    start[d + k] = k === 0 ? theta : Math.log(theta - before);
    before = theta;
  }
  return start;
}

/**
 * One threshold per pair of neighbouring grades of the scale, from those between the grades that the labels hold: grades missing in
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
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(probes, member),
});
