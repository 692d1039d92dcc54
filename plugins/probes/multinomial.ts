/** Logistic regression of all classes of a nominal scale at once. */

import { type FitContext, InputError, type Probe } from "@countergrade/countergrade";
import {
  fitLineGrading,
  fitPenalized,
  type LinearLoss,
  rowWeights,
  standardizedWeights,
  type TrainingSet,
} from "@countergrade/countergrade/linear";
import { expectConverged, type FitOptions, problemOf } from "./linear_boundary.ts";
import { multinomialProbe } from "./multinomial_probe.ts";
import { oddsOf, slopeLength } from "./softmax.ts";

/** What the fit is told. */
export interface MultinomialOptions extends FitOptions {
  readonly classWeights: "none" | "balanced";
}

/**
 * Minimizes, for classes k with weights wₖ, p = softmax(f), fₖ = wₖ·x + bₖ, and row weights v,
 *
 *     ½Σ‖wₖ‖² − C·Σ vᵢ·log p(kᵢ),   ∂/∂fₖ = C·v·(pₖ − [k = kᵢ])
 *
 * which is scikit-learn's LogisticRegression with multi_class="multinomial". The score is the log-odds of the class
 * `threshold` against all others, in units of the mean length of its gradient over the training codes: about σ.
 */
export async function fitMultinomial(
  plugin: string,
  set: TrainingSet,
  options: MultinomialOptions,
  context: FitContext,
): Promise<Probe> {
  const { codes, labels, sides, standardization } = set;
  const present = [...new Set(labels)].sort((a, b) => a - b);
  const rank = Int32Array.from(labels, (label) => present.indexOf(label));
  const d = codes.shape[1];
  const outputs = present.length;
  const { problem, place: { space } } = problemOf(set, {
    penalty: "c",
    outputs,
    lossOf: (weights) => softmaxLoss(rank, outputs, weights),
    weights: rowWeights(rank, options.classWeights),
    extras: new Float64Array(outputs),
    classes: rank,
  }, options);
  const fit = await fitPenalized(problem, context);
  expectConverged(fit.converged, "c");
  const weights = present.map((_, k) => [
    ...standardizedWeights(fit.w.slice(k * d, (k + 1) * d), space, standardization),
  ]);
  // A shift of all intercepts changes nothing: their mean is 0.
  const middle = fit.extras.reduce((sum, b) => sum + b, 0) / outputs;
  const softmax = {
    ...standardization,
    present,
    weights,
    intercepts: Array.from(fit.extras, (b) => b - middle),
  };
  const f = problem.fitter.matrix.project(fit.w);
  const logits = Float64Array.from(
    { length: outputs * codes.shape[0] },
    (_, at) => f[at % outputs][Math.floor(at / outputs)] + softmax.intercepts[at % outputs],
  );
  const unit = slopeLength(softmax, logits, context.threshold);
  if (!(unit > 0)) throw new InputError("Cannot fit a probe: the codes do not tell");
  const scores = oddsOf(softmax, logits, context.threshold).map((f) => f / unit);
  const { gradeLine } = fitLineGrading(scores, sides.map((side) => side > 0 ? 1 : 0)).parameters;
  return multinomialProbe({
    plugin,
    softmax,
    unit,
    gradeLine,
    selection: fit.selection,
    ...context,
  });
}

/** −Σ vᵢ·log p(kᵢ), with the intercepts as extras. */
function softmaxLoss(rank: Int32Array, outputs: number, weights: Float64Array): LinearLoss {
  return {
    outputs,
    extras: outputs,
    // p(1 − p) of classes that are alike.
    curvature: 0.8 * (1 - 1 / outputs) / outputs,
    block: (intercepts, slopes) => (start, end, f, g) => {
      const length = end - start;
      const most = new Float64Array(length).fill(-Infinity);
      const sums = new Float64Array(length);
      for (let k = 0; k < outputs; k++) {
        const [told, b] = [f[k], intercepts[k]];
        for (let i = 0; i < length; i++) if (told[i] + b > most[i]) most[i] = told[i] + b;
      }
      for (let k = 0; k < outputs; k++) {
        const [told, out, b] = [f[k], g[k], intercepts[k]];
        for (let i = 0; i < length; i++) sums[i] += out[i] = Math.exp(told[i] + b - most[i]);
      }
      let loss = 0;
      for (let i = 0; i < length; i++) {
        const own = rank[start + i];
        loss -= weights[start + i] * (f[own][i] + intercepts[own] - most[i] - Math.log(sums[i]));
        sums[i] = weights[start + i] / sums[i];
      }
      for (let k = 0; k < outputs; k++) {
        const out = g[k];
        let slope = 0;
        for (let i = 0; i < length; i++) {
          out[i] = out[i] * sums[i] - (rank[start + i] === k ? weights[start + i] : 0);
          slope += out[i];
        }
        slopes[k] += slope;
      }
      return loss;
    },
  };
}
