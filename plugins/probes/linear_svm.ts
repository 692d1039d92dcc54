/** The probe `svm`: a linear support vector machine on "grade ≥ threshold", as in the paper. */

import {
  definePlugin,
  type FitContext,
  InputError,
  type ProbePlugin,
  probes,
  type Selection,
} from "@countergrade/countergrade";
import {
  type ClassWeights,
  CodeMatrix,
  type CrossValidation,
  defaultPenalties,
  expectScale,
  fitSpace,
  GRADINGS,
  linearProbe,
  linearProbeFrom,
  PenalizedFitter,
  plattCurve,
  type ProbabilityCurve,
  rowWeights,
  selectPenalty,
  signedDistance,
  stratifiedFolds,
  totalVariance,
  type TrainingSet,
  trainingSet,
} from "@countergrade/countergrade/linear";
import { z } from "zod";
import { boundaryOf, expectConverged, type FitPlace } from "./linear_boundary.ts";
import { classWeights, fitOptions, grading } from "./linear_options.ts";
import { solveSvm, type SvmSolution } from "./svm_solver.ts";

const options = z.strictObject({
  c: z.number().positive().optional().describe(
    "C: weight of the data against the margin, as in libsvm; by default chosen by cross-validation",
  ),
  ...fitOptions,
  classWeights,
  grading,
  calibrationFolds: z.int().min(2).max(20).default(5)
    .describe("Cross-validation folds whose scores calibrate the probability"),
});

/** Options of the probe `svm`. */
export type LinearSvmOptions = z.infer<typeof options>;

/**
 * Minimizes libsvm's objective, for sides y = ±1 and row weights v,
 *
 *     ½‖w‖² + C·Σ vᵢ·max(0, 1 − yᵢ(w·xᵢ + b))
 *
 * to a tight tolerance. The probability is Platt's sigmoid on scores of held-out folds, the grade a regression of the
 * label on the score. Wherever the margin is measured, score and direction are those of standardized space.
 */
const member: ProbePlugin<LinearSvmOptions> = {
  name: "svm",
  description:
    "Linear support vector machine; the grade is a regression on the distance to the boundary",
  options,
  async fit(codes, labels, options, context) {
    expectScale(member.name, context.scale, "binary", "ordinal");
    const set = trainingSet(codes, labels, context);
    const space = fitSpace(set.standardization, options.standardize);
    const fitter = new PenalizedFitter(new CodeMatrix(codes, space));
    const machine = new Machine(set, fitter, options.classWeights, context);
    const { c, selection } = options.c === undefined
      ? await chooseC(
        machine,
        set,
        totalVariance(set.standardization, space),
        options.crossValidation,
        context,
      )
      : { c: options.c };
    const found = await machine.fit(c, TOLERANCE);
    const place: FitPlace = { space, spread: set.standardization, penalty: "c" };
    const { plane, length } = boundaryOf(place, found, found.bias);
    const { slope, intercept } = await calibrate(machine, c, set, found.scores, options, context);
    return linearProbe({
      plugin: member.name,
      scale: context.scale,
      plane,
      // The sigmoid is fitted to margins, in which fits of different rows compare; a σ is ‖w‖ margins.
      curve: { slope: slope * length, intercept },
      grading: GRADINGS[options.grading](signedDistance(plane, codes), labels),
      selection,
    });
  },
  load: linearProbeFrom,
};

/** How far the optimality conditions may be missed, in units of the margin. */
const TOLERANCE = 2e-5;
/** For the folds, which give two numbers only. */
const FOLD_TOLERANCE = 0.05;
/** A fitted boundary w·x + b = 0, and w·x + b of all rows, in margins. */
interface Margins extends SvmSolution {
  readonly scores: Float64Array;
}

/** Fits the boundary to some of the rows, again and again: each fit begins where the last one ended. */
class Machine {
  readonly #fitter: PenalizedFitter;
  readonly #sides: Int8Array;
  readonly #weights: ClassWeights;
  readonly #signal?: AbortSignal;
  #last?: SvmSolution;

  constructor(
    { sides }: TrainingSet,
    fitter: PenalizedFitter,
    weights: ClassWeights,
    { signal }: FitContext,
  ) {
    this.#fitter = fitter;
    this.#sides = sides;
    this.#weights = weights;
    this.#signal = signal;
  }

  /** @param held Rows that are left out. */
  async fit(c: number, tolerance: number, held?: (row: number) => boolean): Promise<Margins> {
    const found = this.#last = await solveSvm(this.#fitter, this.#sides, this.#bounds(c, held), {
      tolerance,
      start: this.#last,
      signal: this.#signal,
    });
    expectConverged(found.converged, "c");
    const [scores] = this.#fitter.matrix.project(found.w);
    return { ...found, scores: scores.map((f) => f + found.bias) };
  }

  /** C times the row weights; rows that are left out have the bound 0. */
  #bounds(c: number, held?: (row: number) => boolean): Float64Array {
    const rows = Int32Array.from(this.#sides.keys()).filter((i) => !held?.(i));
    const weights = rowWeights(Int8Array.from(rows, (i) => this.#sides[i]), this.#weights);
    const bounds = new Float64Array(this.#sides.length);
    rows.forEach((i, k) => bounds[i] = c * weights[k]);
    return bounds;
  }
}

/** C of the lowest mean hinge loss on held-out rows. */
async function chooseC(
  machine: Machine,
  { sides }: TrainingSet,
  variance: number,
  { folds, values }: CrossValidation,
  { random }: FitContext,
): Promise<{ c: number; selection?: Selection }> {
  const fold = stratifiedFolds(sides, folds, random.fork("folds"));
  const { net, usual } = defaultPenalties(variance);
  if (!fold) return { c: 1 / usual };
  const from = (values ?? net.map((penalty) => 1 / penalty)).toSorted((a, b) => a - b);
  const selection = await selectPenalty("c", from, async (c) => {
    const losses: number[] = [];
    for (const k of new Set(fold.filter((k) => k >= 0))) {
      const { scores } = await machine.fit(c, FOLD_TOLERANCE, (i) => fold[i] === k);
      let loss = 0, rows = 0;
      for (let i = 0; i < fold.length; i++) {
        if (fold[i] !== k) continue;
        loss += Math.max(0, 1 - sides[i] * scores[i]);
        rows++;
      }
      losses.push(loss / rows);
    }
    return losses;
  }, values === undefined);
  return { c: selection.value, selection };
}

/**
 * Platt's sigmoid on the scores of held-out rows: rows that the boundary was fitted to lie too far from it. With fewer rows
 * of a side than folds, or held-out scores that say nothing, the boundary's own scores have to do.
 */
async function calibrate(
  machine: Machine,
  c: number,
  { sides }: TrainingSet,
  own: Float64Array,
  { calibrationFolds }: LinearSvmOptions,
  { random }: FitContext,
): Promise<ProbabilityCurve> {
  const fold = stratifiedFolds(sides, calibrationFolds, random.fork("calibration"));
  const severe = sides.filter((side) => side > 0).length;
  if (!fold || Math.min(severe, sides.length - severe) < calibrationFolds) {
    return plattCurve(own, sides);
  }
  const scores = new Float64Array(sides.length);
  for (let k = 0; k < calibrationFolds; k++) {
    const told = (await machine.fit(c, FOLD_TOLERANCE, (i) => fold[i] === k)).scores;
    fold.forEach((part, i) => {
      if (part === k) scores[i] = told[i];
    });
  }
  try {
    return plattCurve(scores, sides);
  } catch (error) {
    if (error instanceof InputError) return plattCurve(own, sides);
    throw error;
  }
}

/** Brings the probe `svm`. */
export const linearSvmProbe = definePlugin({
  id: "@countergrade/linear-svm-probe",
  version: "0.2.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(probes, member),
});
