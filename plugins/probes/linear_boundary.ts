/** From a training set to the boundary w·x + b = 0: what linear probes do alike, whatever their loss. */

import { InputError } from "@countergrade/countergrade";
import {
  CodeMatrix,
  type CrossValidation,
  fitSpace,
  type Hyperplane,
  hyperplane,
  type LinearFit,
  PenalizedFitter,
  type PenalizedProblem,
  type Standardization,
  standardizedWeights,
  totalVariance,
  type TrainingSet,
} from "@countergrade/countergrade/linear";
import { PENALTIES } from "./linear_options.ts";

/** Where weights are fitted, and what penalizes them. */
export interface FitPlace {
  /** The space that the model is fitted in. */
  readonly space: Standardization;
  /** Standardized space, in which a probe tells its score and direction. */
  readonly spread: Standardization;
  readonly penalty: keyof typeof PENALTIES;
}

/** What is fitted: see {@linkcode PenalizedProblem}. */
export interface FitTask
  extends Pick<PenalizedProblem, "lossOf" | "weights" | "extras" | "classes" | "tolerance"> {
  readonly penalty: keyof typeof PENALTIES;
  /** Scores per row, one by default. */
  readonly outputs?: number;
}

/** The options of a probe that its fit asks for. */
export interface FitOptions {
  readonly c?: number;
  readonly lambda?: number;
  readonly crossValidation: CrossValidation;
  readonly standardize: boolean;
}

/** The problem that a training set and a probe's options pose. */
export function problemOf(
  { codes, standardization }: TrainingSet,
  { penalty, outputs, ...task }: FitTask,
  options: FitOptions,
): { problem: PenalizedProblem; place: FitPlace } {
  const space = fitSpace(standardization, options.standardize);
  return {
    place: { space, spread: standardization, penalty },
    problem: {
      ...task,
      fitter: new PenalizedFitter(new CodeMatrix(codes, space, { outputs })),
      given: options[penalty],
      option: penalty,
      penaltyOf: PENALTIES[penalty].penaltyOf,
      crossValidation: options.crossValidation,
      variance: totalVariance(standardization, space),
    },
  };
}

/**
 * The boundary of a fit, and ‖w‖, both in standardized space.
 *
 * @throws {InputError} When the fit did not converge, or there are no weights.
 */
export function boundaryOf(
  { space, spread, penalty }: FitPlace,
  { w, converged }: Pick<LinearFit, "w" | "converged">,
  offset: number,
): { plane: Hyperplane; length: number } {
  const found = hyperplane(spread, standardizedWeights(w, space, spread), offset);
  if (!found) throw new InputError("Cannot fit a probe: the codes do not tell");
  expectConverged(converged, penalty);
  return found;
}

/** @throws {InputError} When the fit did not converge. */
export function expectConverged(converged: boolean, penalty: keyof typeof PENALTIES): void {
  if (converged) return;
  const { stronger } = PENALTIES[penalty];
  throw new InputError(`Cannot fit a probe: the fit did not converge, try ${stronger}`);
}
