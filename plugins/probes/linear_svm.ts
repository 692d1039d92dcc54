/** The probe `svm`: a linear support vector machine on "grade ≥ threshold", as in the paper. */

import {
  definePlugin,
  type FitContext,
  fitLineGrading,
  fitSpace,
  type Hyperplane,
  hyperplane,
  InputError,
  linearProbe,
  linearProbeFrom,
  plattCurve,
  type ProbePlugin,
  probes,
  rowWeights,
  signedDistance,
  standardisedWeights,
  takeRows,
  throwIfAborted,
  type TrainingSet,
  trainingSet,
} from "@countergrade/countergrade";
import { z } from "zod";
import { KernelRows, solveSvm } from "./svm_solver.ts";

const options = z.strictObject({
  c: z.number().positive().default(1).describe(
    "C: weight of the data against the margin, as in libsvm",
  ),
  standardise: z.boolean().default(false)
    .describe("Measure the margin on standardised codes instead of raw ones"),
  classWeights: z.enum(["none", "balanced"]).default("none")
    .describe("balanced: both sides count the same, however many rows they have"),
  calibrationFolds: z.int().min(2).max(20).default(5)
    .describe("Cross-validation folds whose scores calibrate the probability"),
});

/** Options of the probe `svm`. */
export type LinearSvmOptions = z.infer<typeof options>;

/**
 * Minimises libsvm's objective, for sides y = ±1 and row weights v,
 *
 *     ½‖w‖² + C·Σ vᵢ·max(0, 1 − yᵢ(w·xᵢ + b))
 *
 * to a tight tolerance. The probability is Platt's sigmoid on scores of held-out folds, the grade the regression of the
 * label on the score. Wherever the margin is measured, score and direction are those of standardised space.
 */
const member: ProbePlugin<LinearSvmOptions> = {
  name: "svm",
  description:
    "Linear support vector machine; grade by linear regression on the distance to the boundary",
  options,
  async fit(codes, labels, options, context) {
    const set = trainingSet(codes, labels, context);
    const planeOf = planeFitter(set, options, context.signal);
    const plane = await planeOf(Int32Array.from(labels.keys()), TOLERANCE);
    return linearProbe({
      plugin: member.name,
      scale: context.scale,
      plane,
      curve: await calibrate(set, plane, planeOf, options.calibrationFolds, context),
      grading: fitLineGrading(signedDistance(plane, codes), labels),
    });
  },
  load: linearProbeFrom,
};

type PlaneOf = (rows: Int32Array, tolerance: number) => Promise<Hyperplane>;

/** How far the optimality conditions may be missed, in units of the margin. */
const TOLERANCE = 1e-5;
/** For the folds of the calibration, as libsvm's default: they give two numbers only. */
const FOLD_TOLERANCE = 1e-3;

/** A function that fits the boundary to some of the rows; all calls share one kernel matrix. */
function planeFitter(
  { codes, sides, standardisation }: TrainingSet,
  { c, standardise, classWeights }: LinearSvmOptions,
  signal: AbortSignal | undefined,
): PlaneOf {
  const [, d] = codes.shape;
  const space = fitSpace(standardisation, standardise);
  const x = Float64Array.from(
    codes.data,
    (value, at) => (value - space.mean[at % d]) / space.sigma[at % d],
  );
  const kernel = new KernelRows(x, d);
  return async (rows, tolerance) => {
    const part = Int8Array.from(rows, (i) => sides[i]);
    const bounds = rowWeights(part, classWeights).map((weight) => c * weight);
    const { alpha, bias, converged } = await solveSvm({ kernel, rows, sides: part, bounds }, {
      tolerance,
      signal,
    });
    const w = new Float64Array(d);
    rows.forEach((i, k) => {
      if (alpha[k] === 0) return;
      for (let j = 0; j < d; j++) w[j] += alpha[k] * part[k] * x[i * d + j];
    });
    const found = hyperplane(standardisation, standardisedWeights(w, space, standardisation), bias);
    if (!found || !converged) {
      throw new InputError(
        `Cannot fit a probe: ${
          found ? "the fit did not converge, try a smaller c" : "the codes do not tell"
        }`,
      );
    }
    return found.plane;
  };
}

/**
 * Platt's sigmoid on the scores of held-out rows: rows that the boundary was fitted to lie too far from it. With fewer rows
 * of a side than folds, or held-out scores that say nothing, the boundary's own scores have to do.
 */
async function calibrate(
  { codes, sides }: TrainingSet,
  plane: Hyperplane,
  planeOf: PlaneOf,
  folds: number,
  { random, signal }: FitContext,
) {
  const own = () => plattCurve(signedDistance(plane, codes), sides);
  const fold = stratifiedFolds(sides, folds, random.fork("calibration").permutation(sides.length));
  if (!fold) return own();
  const scores = new Float64Array(sides.length);
  for (let k = 0; k < folds; k++) {
    throwIfAborted(signal);
    const held = Int32Array.from(fold.keys()).filter((i) => fold[i] === k);
    const rest = Int32Array.from(fold.keys()).filter((i) => fold[i] !== k);
    const told = signedDistance(await planeOf(rest, FOLD_TOLERANCE), takeRows(codes, held));
    held.forEach((i, at) => scores[i] = told[at]);
  }
  try {
    return plattCurve(scores, sides);
  } catch (error) {
    if (error instanceof InputError) return own();
    throw error;
  }
}

/** The fold of each row, both sides dealt out evenly; undefined when a side has fewer rows than folds. */
function stratifiedFolds(
  sides: Int8Array,
  folds: number,
  order: Int32Array,
): Int32Array | undefined {
  const fold = new Int32Array(sides.length);
  for (const side of [-1, 1]) {
    const rows = order.filter((i) => sides[i] === side);
    if (rows.length < folds) return undefined;
    rows.forEach((i, at) => fold[i] = at % folds);
  }
  return fold;
}

/** Brings the probe `svm`. */
export const linearSvmProbe = definePlugin({
  id: "@countergrade/linear-svm-probe",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(probes, member),
});
