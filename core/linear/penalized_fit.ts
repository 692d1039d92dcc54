/** Fits of linear models with an L2 penalty: any loss of scores w·x, brought to its minimum in few passes over the codes. */

import { type Cholesky, cholesky, solveLower, solveUpper, timesUpper } from "./cholesky.ts";
import type { BlockLoss, CodeMatrix } from "./code_matrix.ts";
import { gram } from "./gram.ts";
import { minimize } from "./lbfgs.ts";
import type { Random } from "../random.ts";

/** A loss of the scores f = W·x of all rows, with parameters of its own such as intercepts. */
export interface LinearLoss {
  /** Scores per row. */
  readonly outputs: number;
  /** How many parameters there are beside W; they are not penalized. */
  readonly extras: number;
  /** The loss of a block of rows (see {@linkcode BlockLoss}), given the extras; adds ∂/∂extras to `slopes`. */
  block(extras: Float64Array, slopes: Float64Array): BlockLoss;
  /** About ∂²loss/∂f² of one row: it scales the steps, and need not be exact. */
  readonly curvature: number;
}

/** What a fit found. */
export interface LinearFit {
  /** `[outputs, d]` */
  readonly w: Float64Array;
  /** The parameters beside the weights, as the thresholds of an ordinal fit. */
  readonly extras: Float64Array;
  /** Whether the slope came down to what was asked for. */
  readonly converged: boolean;
  /** How often loss and gradient were computed. */
  readonly evaluations: number;
}

/** A slope g leaves the weights wrong by up to ‖g‖/penalty, so that a strong penalty asks for less: between 1e-6 and 1e-5. */
const slopeFor = (penalty: number) => Math.min(1e-5, Math.max(1e-6, 3e-5 * penalty));
/** Codes longer than this are fitted without the factor, whose cost grows with the cube. */
const LONGEST = 2048;
/** Passes that a fit of one output takes with the factor. */
const WITH_FACTOR = 15;
/** Random signs that a trace is the mean of. */
const SIGNS = 8;

/**
 * Fits one loss after another to the same codes. With H = curvature·XᵀX/n + penalty·I = L·Lᵀ, the variables v = Lᵀw have a
 * Hessian near the identity, however correlated the codes are, and L-BFGS needs tens of passes in place of hundreds. XᵀX is
 * computed once, from as many rows as it takes, when a fit first needs it: a strong penalty does without.
 */
export class PenalizedFitter {
  /** The codes that it fits to. */
  readonly matrix: CodeMatrix;
  #products?: Float64Array;
  #last?: { curvature: number; penalty: number; factor: Cholesky };

  /** Computes nothing yet. */
  constructor(matrix: CodeMatrix) {
    this.matrix = matrix;
  }

  /**
   * Minimizes loss(W, extras) + penalty/2·‖W‖², where the loss is a mean over rows (about 1 per row at most).
   *
   * @param start Where to begin, such as the fit of a neighboring penalty.
   * @param options.tolerance The slope to stop at; by default one that leaves the weights right to about four digits.
   * @throws {CancelledError} Once the signal is aborted.
   */
  async fit(
    loss: LinearLoss,
    penalty: number,
    start: { w?: Float64Array; extras: Float64Array },
    options: { tolerance?: number; signal?: AbortSignal } = {},
  ): Promise<LinearFit> {
    const { tolerance = slopeFor(penalty), signal } = options;
    const { columns: d, rows } = this.matrix;
    const size = loss.outputs * d;
    const factor = this.#factor(loss, penalty);
    const w = new Float64Array(size);
    const gradient = new Float64Array(size);
    const parts = (x: Float64Array) =>
      Array.from({ length: loss.outputs }, (_, k) => x.subarray(k * d, (k + 1) * d));
    const first = new Float64Array(size + loss.extras);
    if (start.w) {
      parts(start.w).forEach((part, k) =>
        first.set(factor ? timesUpper(factor, part) : part, k * d)
      );
    }
    first.set(start.extras, size);
    const weightsOf = (x: Float64Array) => {
      w.set(x.subarray(0, size));
      if (factor) { for (const part of parts(w)) part.set(solveUpper(factor, part)); }
    };
    let evaluations = 0;
    const { x, converged } = await minimize(
      (x, g) => {
        evaluations++;
        weightsOf(x);
        const slopes = g.subarray(size).fill(0);
        let value = this.matrix.evaluate(w, gradient, loss.block(x.subarray(size), slopes));
        for (let j = 0; j < size; j++) {
          value += penalty / 2 * w[j] * w[j];
          gradient[j] += penalty * w[j];
        }
        if (factor) { for (const part of parts(gradient)) part.set(solveLower(factor, part)); }
        g.set(gradient);
        return value;
      },
      first,
      { tolerance, signal, work: 2 * rows * size },
    );
    weightsOf(x);
    return { w: w.slice(), extras: x.slice(size), converged, evaluations };
  }

  /** The loss, without the penalty, of weights that were fitted to other rows. */
  lossAt(loss: LinearLoss, { w, extras }: Pick<LinearFit, "w" | "extras">): number {
    return this.matrix.evaluate(
      w,
      new Float64Array(w.length),
      loss.block(extras, new Float64Array(loss.extras)),
    );
  }

  /**
   * How many of the weights a fit of squares is free to choose, tr X(XᵀX + n·penalty·I)⁻¹Xᵀ between 0 and d: from the factor, by
   * Hutchinson's estimator (1990), E‖L⁻¹s‖² = tr (LLᵀ)⁻¹ over random signs s. Undefined for codes too long for a factor.
   */
  freedom(penalty: number, random: Random): number | undefined {
    const { columns: d } = this.matrix;
    const factor = d > LONGEST ? undefined : this.#factorOf(1, penalty);
    if (!factor) return undefined;
    let sum = 0;
    for (let k = 0; k < SIGNS; k++) {
      const s = Float64Array.from({ length: d }, () => random.integer(2) ? 1 : -1);
      for (const value of solveLower(factor, s)) sum += value * value / SIGNS;
    }
    return Math.max(0, d - this.#least(1, penalty) * sum);
  }

  #factor({ curvature, outputs }: LinearLoss, penalty: number): Cholesky | undefined {
    if (this.matrix.columns > LONGEST) return undefined;
    if (this.#plainIsCheaper(curvature, outputs, penalty)) return undefined;
    return this.#factorOf(curvature, penalty);
  }

  #factorOf(curvature: number, penalty: number): Cholesky {
    if (this.#last?.curvature !== curvature || this.#last.penalty !== penalty) {
      const { columns: d } = this.matrix;
      const h = this.#meanProducts().map((value) => curvature * value);
      for (let j = 0; j < d; j++) h[j * (d + 1)] += this.#least(curvature, penalty);
      this.#last = { curvature, penalty, factor: cholesky(h, d) };
    }
    return this.#last.factor;
  }

  /** XᵀX/n `[d, d]`, from as many rows as show the shape of the Hessian. */
  #meanProducts(): Float64Array {
    if (this.#products) return this.#products;
    const { columns: d, rows } = this.matrix;
    const count = this.#sample();
    const sums = gram(count, d, (i, row) => this.matrix.copyRow(Math.floor(i * rows / count), row));
    return this.#products = sums.map((sum) => sum / count);
  }

  /** What the factor takes for the penalty: without one, directions in which the codes do not vary would have no length. */
  #least(curvature: number, penalty: number): number {
    const { columns: d, rows } = this.matrix;
    const products = this.#meanProducts();
    let trace = 0;
    for (let j = 0; j < d; j++) trace += curvature * products[j * (d + 1)];
    return Math.max(penalty, 1e-7 * trace / d, 1 / (1e9 * rows));
  }

  /**
   * Whether about √(κ·outputs) plain passes, κ the condition number of the Hessian, take less time than the factor and the passes that are
   * left with it. Correlated codes have a third of their variance along one direction, or so.
   */
  #plainIsCheaper(curvature: number, outputs: number, penalty: number): boolean {
    const { columns: d, rows } = this.matrix;
    let variance = 0;
    const step = Math.ceil(rows / 64);
    const x = new Float64Array(d);
    for (let i = 0; i < rows; i += step) {
      this.matrix.copyRow(i, x);
      for (let j = 0; j < d; j++) variance += x[j] * x[j] * step / rows;
    }
    const passes = 2 * Math.sqrt((1 + curvature * variance / 3 / penalty) * outputs);
    // In multiplications as fast as those of a pass; tiles are nearly twice as fast.
    const products = this.#products ? 0 : this.#sample() * d * d / 3;
    const left = WITH_FACTOR * Math.sqrt(outputs);
    // With the factor each pass has two triangles to solve.
    return passes * 2 * rows * d * outputs <
      left * (2 * rows + 1.3 * d) * d * outputs + products + d ** 3 / 6;
  }

  /** Rows that the products are taken from: enough for the shape of the Hessian. */
  #sample(): number {
    return Math.min(this.matrix.rows, Math.max(1024, 3 * this.matrix.columns));
  }
}
