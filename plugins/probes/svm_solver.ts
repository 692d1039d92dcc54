/** The linear support vector machine, of any number of rows: the hinge by way of ever sharper rounded ones. */

import type { FitContext } from "@countergrade/countergrade";
import type { LinearLoss, PenalizedFitter } from "@countergrade/countergrade/linear";

/** Widths of the hinge's rounded corner, in margins, each solved from where the one before ended; the last one again and again. */
const WIDTHS = [1, 0.3, 0.1, 0.03];
/** How often a rounded hinge is solved at most. */
const MOST = 40;
/** A slope is good enough at this share of what the conditions are missed by: the next hinge is another one anyway. */
const [SLOPE, LEAST_SLOPE] = [1e-3, 1e-7];
/** By how many margins a condition may be missed after all: libsvm's own tolerance. */
const STILL_FINE = 1e-3;

/** A boundary w·x + b = 0 with the shares μ of the bounds that its rows pull with. */
export interface SvmSolution {
  readonly w: Float64Array;
  readonly bias: number;
  /** `[n]`, 0 … 1: the dual variables over their bounds. */
  readonly multipliers: Float64Array;
  readonly converged: boolean;
}

/**
 * Minimizes ½‖w‖² + Σ Cᵢ·max(0, 1 − yᵢfᵢ), f = w·x + b, through hinges with a rounded corner of width h, shifted by the multipliers of
 * the one before (the method of multipliers: Hestenes 1969, Powell 1969), so that what is met in the end is the hinge itself:
 *
 *     φ(t) = 0, t²/2h or t − h/2 for t below 0, up to h, above h;   t = 1 − y·f + h·μ
 *     ∂φ/∂f = −y·clip(t/h, 0, 1);   μ ← clip(t/h, 0, 1)
 *
 * Each is smooth, so that the fitter's L-BFGS solves it in passes over the codes, however many there are. Where μ moves by δ, the row
 * misses its optimality condition by h·|δ| margins.
 *
 * @param bounds Cᵢ; rows of bound 0 take no part.
 * @param options.tolerance By how many margins a condition may be missed.
 * @param options.start The answer of a neighboring problem.
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function solveSvm(
  fitter: PenalizedFitter,
  sides: Int8Array,
  bounds: Float64Array,
  { tolerance, start, signal }: Pick<FitContext, "signal"> & {
    tolerance: number;
    start?: SvmSolution;
  },
): Promise<SvmSolution> {
  const total = bounds.reduce((sum, bound) => sum + bound, 0);
  const shares = bounds.map((bound) => bound / total);
  const widths = start ? WIDTHS.slice(1) : WIDTHS;
  let w: Float64Array = start?.w ?? new Float64Array(fitter.matrix.columns);
  let extras: Float64Array = Float64Array.of(start?.bias ?? 0);
  let multipliers = start?.multipliers ?? new Float64Array(sides.length);
  let missed = Infinity;
  for (let k = 0; k < MOST && missed > tolerance; k++) {
    const width = widths[Math.min(k, widths.length - 1)];
    const hinge = new RoundedHinge(sides, shares, multipliers, width);
    const pulls = () => hinge.pulls(fitter.matrix.project(w)[0], extras[0]);
    ({ w, extras } = await fitter.fit(hinge.loss(pulls()), 1 / total, { w, extras }, {
      tolerance: Math.max(LEAST_SLOPE, SLOPE * Math.min(width, missed)),
      signal,
    }));
    const settled = pulls();
    missed = width * settled.reduce(
      (most, pull, i) => shares[i] > 0 ? Math.max(most, Math.abs(pull - multipliers[i])) : most,
      0,
    );
    multipliers = settled;
  }
  const converged = missed <= Math.max(tolerance, STILL_FINE);
  return { w, bias: extras[0], multipliers, converged };
}

/** φ of {@linkcode solveSvm}, of one width. */
class RoundedHinge {
  readonly #sides: Int8Array;
  readonly #shares: Float64Array;
  readonly #multipliers: Float64Array;
  readonly #width: number;

  /**
   * @param shares Cᵢ/ΣC.
   * @param multipliers μ of the hinge before.
   */
  constructor(sides: Int8Array, shares: Float64Array, multipliers: Float64Array, width: number) {
    this.#sides = sides;
    this.#shares = shares;
    this.#multipliers = multipliers;
    this.#width = width;
  }

  /** clip(t/h, 0, 1) `[n]` for w·x `[n]` of all rows. */
  pulls(scores: Float64Array, bias: number): Float64Array {
    return scores.map((score, i) =>
      Math.min(1, Math.max(0, this.#over(i, score + bias) / this.#width))
    );
  }

  /**
   * Σ shareᵢ·φ(tᵢ), with the bias as its only extra.
   *
   * @param pulls Where the fit begins.
   */
  loss(pulls: Float64Array): LinearLoss {
    return {
      outputs: 1,
      extras: 1,
      curvature: this.#curvature(pulls),
      block: ([bias], slopes) => (start, end, [f], [g]) => {
        let loss = 0;
        for (let i = start; i < end; i++) {
          const t = this.#over(i, f[i - start] + bias);
          const pull = Math.min(1, Math.max(0, t / this.#width));
          loss += this.#shares[i] * pull * (t - pull * this.#width / 2);
          slopes[0] += g[i - start] = -this.#shares[i] * this.#sides[i] * pull;
        }
        return loss;
      },
    };
  }

  /** t */
  #over(i: number, f: number): number {
    return 1 - this.#sides[i] * f + this.#width * this.#multipliers[i];
  }

  /** Each row in the corner bends by 1/h, and some are about to enter it. A power of two, so that one often serves the next hinge too. */
  #curvature(pulls: Float64Array): number {
    const inside = this.#shares.filter((_, i) => pulls[i] > 0 && pulls[i] < 1);
    const bend = inside.reduce((sum, share) => sum + share, 0) / this.#width;
    return 2 ** Math.round(Math.log2(Math.max(bend, 0.2)));
  }
}
