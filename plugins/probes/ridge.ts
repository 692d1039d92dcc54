/** The probe `ridge`: least squares on continuous labels, as an age or a size, or on grades taken as numbers. */

import {
  definePlugin,
  type FitContext,
  type ProbePlugin,
  probes,
} from "@countergrade/countergrade";
import {
  expectScale,
  fitPenalized,
  heldOutScores,
  type LinearLoss,
  linearProbe,
  linearProbeFrom,
  lineGrading,
  type PenalizedProblem,
  strata,
  trainingSet,
} from "@countergrade/countergrade/linear";
import { z } from "zod";
import { boundaryOf, problemOf } from "./linear_boundary.ts";
import { fitOptions } from "./linear_options.ts";

const options = z.strictObject({
  lambda: z.number().positive().optional()
    .describe(
      "λ: weight of the penalty λ·‖w‖², alpha in scikit-learn; by default chosen by cross-validation",
    ),
  ...fitOptions,
});

/** Options of the probe `ridge`. */
export type RidgeOptions = z.infer<typeof options>;

/**
 * Minimizes Σ (yᵢ − w·xᵢ − b)² + λ·‖w‖² (Hoerl and Kennard 1970), b unpenalized: scikit-learn's Ridge with alpha = λ. The grade is
 * the prediction, the score its distance to the threshold, (w·x + b − threshold)/‖w‖; of grades, which are whole numbers, to half a
 * grade below it.
 *
 * The probability is that of a label at or above the threshold when labels scatter around the prediction as a logistic
 * distribution with the standard deviation s of the residuals of rows that the fit did not see, see {@linkcode scatterOf}: slope
 * π/(√3·s) per unit of the label.
 */
const member: ProbePlugin<RidgeOptions> = {
  name: "ridge",
  description: "Ridge regression on continuous labels; the grade is the prediction",
  options,
  async fit(codes, labels, options, context) {
    expectScale(member.name, context.scale, "binary", "ordinal", "continuous");
    const set = trainingSet(codes, labels, context);
    const [n] = codes.shape;
    const truth = Float64Array.from(labels);
    const mean = truth.reduce((sum, label) => sum + label / n, 0);
    const spread = Math.sqrt(truth.reduce((sum, label) => sum + (label - mean) ** 2 / n, 0));
    // In units of their spread, labels of any size meet the same tolerance. ½ of the sum of squares has the same minimum.
    const y = truth.map((label) => (label - mean) / spread);
    const { problem, place } = problemOf(set, {
      penalty: "lambda",
      lossOf: (weights) => squares(y, weights),
      weights: new Float64Array(n).fill(1),
      extras: new Float64Array(1),
      classes: strata(labels, options.crossValidation.folds),
      tolerance: 1e-8,
    }, options);
    const { w, extras: [intercept], converged, value, selection } = await fitPenalized(
      problem,
      context,
    );
    // Between whole numbers the boundary lies half-way.
    const origin = context.scale.type === "continuous"
      ? context.threshold
      : context.threshold - 0.5;
    const { plane, length } = boundaryOf(
      place,
      { w: w.map((weight) => weight * spread), converged },
      intercept * spread + mean - origin,
    );
    const predicted = problem.fitter.matrix.project(w)[0].map((f) => f + intercept);
    const scatter = spread * await scatterOf(problem, value, predicted, y, context);
    return linearProbe({
      plugin: member.name,
      scale: context.scale,
      plane,
      curve: {
        slope: length * Math.PI / (Math.sqrt(3) * Math.max(scatter, 1e-6 * spread)),
        intercept: 0,
      },
      grading: lineGrading(length, origin),
      selection,
    });
  },
  load: linearProbeFrom,
};

/** Below this share of rows that the weights leave free, the residuals of the fit say nothing of new rows. */
const LEAST_FREE = 0.1;

/**
 * The root mean square residual of rows that the fit did not see, by generalized cross-validation (Golub, Heath and Wahba 1979): that of
 * its own rows over 1 − h/n, h the weights it was free to choose, the intercept among them. Where these leave hardly a row free, rows are
 * held out instead.
 */
async function scatterOf(
  problem: PenalizedProblem,
  lambda: number,
  predicted: Float64Array,
  y: Float64Array,
  context: FitContext,
): Promise<number> {
  const n = y.length;
  const rootMeanSquare = (f: Float64Array) =>
    Math.sqrt(f.reduce((sum, value, i) => sum + (value - y[i]) ** 2 / n, 0));
  const h = problem.fitter.freedom(lambda / n, context.random.fork("freedom"));
  const free = h === undefined ? 0 : 1 - (h + 1) / n;
  if (free >= LEAST_FREE) return rootMeanSquare(predicted) / free;
  return rootMeanSquare(await heldOutScores(problem, lambda, context) ?? predicted);
}

/** ½·Σ vᵢ·(fᵢ + b − yᵢ)², with the intercept as its only extra. */
function squares(y: Float64Array, weights: Float64Array): LinearLoss {
  return {
    outputs: 1,
    extras: 1,
    curvature: 1,
    block: ([intercept], slopes) => (start, end, [f], [g]) => {
      let loss = 0;
      for (let i = start; i < end; i++) {
        const away = f[i - start] + intercept - y[i];
        loss += weights[i] * away * away / 2;
        slopes[0] += g[i - start] = weights[i] * away;
      }
      return loss;
    },
  };
}

/** Brings the probe `ridge`. */
export const ridgeProbe = definePlugin({
  id: "@countergrade/ridge-probe",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(probes, member),
});
