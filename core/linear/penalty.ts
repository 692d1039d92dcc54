/** Fits whose penalty is given, or chosen by cross-validation on the training rows. */

import { type CrossValidation, selectPenalty, stratifiedFolds } from "./cross_validation.ts";
import type { LinearFit, LinearLoss, PenalizedFitter } from "./penalized_fit.ts";
import type { FitContext, Selection } from "../probe.ts";
import type { Standardization } from "./standardize.ts";

/**
 * Penalties to choose from, as multiples of the total variance of the codes: halves of powers of ten, strongest first. On
 * standardized codes the total variance is d, so that longer codes are penalized more.
 */
const MULTIPLES = [10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001];
/** What is taken where there are too few rows to choose. */
const USUAL = 0.3;

/** Σ of the variances of codes `spread` as a model sees them in `space`. */
export function totalVariance(spread: Standardization, space: Standardization): number {
  // A constant dimension has the σ of 1 in both, and counts as one that varies: the error is on the safe side.
  return spread.sigma.reduce((sum, sigma, j) => sum + (sigma / space.sigma[j]) ** 2, 0);
}

/** What penalties λ are tried on codes of a total variance, strongest first, and which one is taken untried. */
export function defaultPenalties(variance: number): { net: number[]; usual: number } {
  return { net: MULTIPLES.map((multiple) => multiple * variance), usual: USUAL * variance };
}

/** What {@linkcode fitPenalized} fits, and how its penalty is found. */
export interface PenalizedProblem {
  /** Holds the codes. */
  readonly fitter: PenalizedFitter;
  /** The loss Σ weights·loss of the rows; weights may be 0. */
  lossOf(weights: Float64Array): LinearLoss;
  /** Of the rows, mean 1. */
  readonly weights: Float64Array;
  /** Where the parameters beside W start. */
  readonly extras: Float64Array;
  /** What the folds are stratified by. */
  readonly classes: ArrayLike<number>;
  /** The penalty as it was given, or undefined: then it is chosen. */
  readonly given: number | undefined;
  /** The name of the option, and the λ that its value stands for: λ itself, or 1/C. */
  readonly option: string;
  /** The penalty that a value of the option stands for. */
  penaltyOf(value: number): number;
  /** How the penalty is chosen when none is given. */
  readonly crossValidation: CrossValidation;
  /** See {@linkcode totalVariance}. */
  readonly variance: number;
  /** How far the slope may be from zero at the end, 1e-6 by default. */
  readonly tolerance?: number;
}

/**
 * Minimizes Σ vᵢ·lossᵢ + λ/2·‖W‖², v the row weights. Without a given λ the one of the lowest loss on held-out rows is taken,
 * each fold beginning where it ended with the penalty before. Where no fold can be held out, λ is 0.3 times the total variance.
 */
export async function fitPenalized(
  problem: PenalizedProblem,
  { random, signal }: Pick<FitContext, "random" | "signal">,
): Promise<LinearFit & { value: number; selection?: Selection }> {
  const { fitter, weights, crossValidation, option, penaltyOf, variance } = problem;
  const n = weights.length;
  const share = weights.map((weight) => weight / n);
  const start = { extras: problem.extras };
  const final = async (value: number) => ({
    value,
    ...await fitter.fit(problem.lossOf(share), penaltyOf(value) / n, start, {
      tolerance: problem.tolerance,
      signal,
    }),
  });
  if (problem.given !== undefined) return await final(problem.given);

  const { folds } = crossValidation;
  const fold = stratifiedFolds(problem.classes, folds, random.fork("folds"));
  // λ and 1/λ are their own inverses, so that this is the option's value for a penalty.
  const { net, usual } = defaultPenalties(variance);
  const values = (crossValidation.values ?? net.map(penaltyOf))
    .toSorted((a, b) => penaltyOf(b) - penaltyOf(a));
  if (!fold) return await final(penaltyOf(usual));
  const parts = heldFolds(fold).map((k) => {
    const train = share.map((weight, i) => fold[i] === k ? 0 : weight);
    const rest = share.map((weight, i) => fold[i] === k ? weight : 0);
    const total = rest.reduce((sum, weight) => sum + weight, 0);
    return {
      train: problem.lossOf(train),
      held: problem.lossOf(rest.map((weight) => weight / total)),
      start: start as { w?: Float64Array; extras: Float64Array },
    };
  });
  const selection = await selectPenalty(option, values, async (value) => {
    const losses: number[] = [];
    for (const part of parts) {
      // Three digits of the loss tell penalties apart.
      const { w, extras } = await fitter.fit(part.train, penaltyOf(value) / n, part.start, {
        tolerance: 1e-4,
        signal,
      });
      part.start = { w, extras };
      losses.push(fitter.lossAt(part.held, { w, extras }));
    }
    return losses;
  }, crossValidation.values === undefined);
  return { ...await final(selection.value), selection };
}

/**
 * w·x + the first extra `[n]` of every row, by a fit that did not see the row; undefined when no fold can be held out. Rows that are
 * never held out get their score from the fit to all rows.
 *
 * @param option The option's value: what was given, or chosen.
 */
export async function heldOutScores(
  problem: PenalizedProblem,
  option: number,
  { random, signal }: Pick<FitContext, "random" | "signal">,
): Promise<Float64Array | undefined> {
  const { fitter, weights, crossValidation: { folds }, penaltyOf, extras, classes } = problem;
  const n = weights.length;
  const fold = stratifiedFolds(classes, folds, random.fork("folds"));
  if (!fold) return undefined;
  const out = new Float64Array(n);
  let start: { w?: Float64Array; extras: Float64Array } = { extras };
  for (const k of [-1, ...heldFolds(fold)]) {
    const train = weights.map((weight, i) => k >= 0 && fold[i] === k ? 0 : weight / n);
    start = await fitter.fit(problem.lossOf(train), penaltyOf(option) / n, start, {
      tolerance: 1e-4,
      signal,
    });
    const [f] = fitter.matrix.project(start.w!);
    for (let i = 0; i < n; i++) if (k < 0 || fold[i] === k) out[i] = f[i] + start.extras[0];
  }
  return out;
}

function heldFolds(fold: Int32Array): number[] {
  return [...new Set(fold)].filter((k) => k >= 0).sort((a, b) => a - b);
}
