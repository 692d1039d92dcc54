/** The dual of the linear support vector machine: Newton's method comes close, pairs of variables make sure. */

import { breathe, type CodeMatrix } from "@countergrade/countergrade";
import { smoothedSvm } from "./svm_newton.ts";

/** The kernel matrix K = X·Xᵀ, row by row, computed when first asked for; the oldest rows go when memory is full. */
export class KernelRows {
  readonly size: number;
  readonly diagonal: Float64Array;
  #matrix: CodeMatrix;
  #rows = new Map<number, Float64Array>();
  #most: number;

  /** @param matrix Codes `[size, d]`. @param bytes How much memory the kept rows may take. */
  constructor(matrix: CodeMatrix, bytes = 2 ** 28) {
    this.#matrix = matrix;
    this.size = matrix.rows;
    this.#most = Math.max(2, Math.floor(bytes / (8 * this.size)));
    this.diagonal = Float64Array.from({ length: this.size }, (_, i) => {
      const x = matrix.row(i);
      return x.reduce((sum, value) => sum + value * value, 0);
    });
  }

  /** The multiplications that asking for row `i` takes now. */
  cost(i: number): number {
    return this.#rows.has(i) ? 0 : this.size * this.#matrix.columns;
  }

  /** K·c `[size]`. */
  times(c: Float64Array): Float64Array {
    return this.#matrix.project(this.#matrix.combine(c))[0];
  }

  /** K[i, :] of length `size`. */
  row(i: number): Float64Array {
    const known = this.#rows.get(i);
    if (known) return known;
    const [made] = this.#matrix.project(this.#matrix.row(i));
    if (this.#rows.size >= this.#most) this.#rows.delete(this.#rows.keys().next().value!);
    this.#rows.set(i, made);
    return made;
  }
}

/** One problem: the rows of the kernel, with their sides and bounds. */
export interface SvmProblem {
  readonly kernel: KernelRows;
  readonly sides: Int8Array;
  /** The upper bound Cᵢ of each αᵢ; a row of bound 0 takes no part. */
  readonly bounds: Float64Array;
  /** Where to begin, within the bounds: the answer of a neighbouring problem, say. All zeros by default. */
  readonly start?: Float64Array;
}

/** The dual variables α and the bias b of f(x) = Σ αᵢyᵢ·K(xᵢ, x) + b. */
export interface SvmSolution {
  alpha: Float64Array;
  bias: number;
  converged: boolean;
  /** Pairs moved. */
  pairs: number;
}

/** Equal rows have no curvature between them; this makes the step large, and a bound ends it. */
const LEAST_CURVATURE = 1e-12;
/** Multiplications between two looks at the signal: some tens of milliseconds. */
const WORK_PER_BREATH = 3e7;

/**
 * Minimises ½αᵀQα − Σα with 0 ≤ αᵢ ≤ Cᵢ and yᵀα = 0, Qᵢⱼ = yᵢyⱼKᵢⱼ, which is libsvm's C-SVC, by moving pairs: the i of largest
 * violation and the j of largest second-order gain (Fan, Chen and Lin 2005, Working set selection using second order
 * information). After as many pairs as there are rows, {@linkcode smoothedSvm} takes over, whose answer the pairs then verify and,
 * where needed, finish: of correlated codes they alone would take millions. Ends when no pair violates the optimality conditions by more than `tolerance`.
 *
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function solveSvm(
  { kernel, sides, bounds, start }: SvmProblem,
  options: { tolerance?: number; signal?: AbortSignal } = {},
): Promise<SvmSolution> {
  const { tolerance = 1e-5, signal } = options;
  const n = sides.length;
  const alpha = start?.slice() ?? new Float64Array(n);
  /** vₖ = yₖ − Σᵢ αᵢyᵢKᵢₖ: at the optimum that of all free rows is b. */
  const violation = violations(kernel, sides, alpha);
  const { diagonal } = kernel;
  const rises = new Uint8Array(n);
  const falls = new Uint8Array(n);
  const mark = (k: number) => {
    const [above, below] = [alpha[k] > 0 ? 1 : 0, alpha[k] < bounds[k] ? 1 : 0];
    rises[k] = sides[k] > 0 ? below : above;
    falls[k] = sides[k] > 0 ? above : below;
  };
  for (let k = 0; k < n; k++) mark(k);
  const most = Math.max(1e7, 100 * n);
  let work = Infinity;
  let pairs = 0;
  let warm = start !== undefined;
  let untilNewton = warm ? 0 : n;

  for (; pairs < most; pairs++) {
    if (work > WORK_PER_BREATH) {
      await breathe(signal);
      work = 0;
    }
    if (--untilNewton === -1) {
      const scores = violation.map((v, k) => sides[k] - v);
      const middle = bias(alpha, violation, bounds, 0, 0);
      const found = await smoothedSvm(
        {
          kernel,
          sides,
          bounds,
          warm,
          alpha,
          scores,
          bias: middle,
          tolerance,
        },
        signal,
      );
      // Pairs keep yᵀα as it is, so they may only go on from where it is 0.
      if (found || warm) {
        if (!found) untilNewton = n;
        warm = false;
        alpha.set(found ? balanced(found, sides, bounds) : new Float64Array(n));
        violation.set(violations(kernel, sides, alpha));
        for (let k = 0; k < n; k++) mark(k);
      }
    }
    let i = -1;
    let highest = -Infinity;
    for (let k = 0; k < n; k++) {
      if (violation[k] > highest && rises[k] !== 0) {
        highest = violation[k];
        i = k;
      }
    }
    if (i < 0) break;
    work += 6 * n + kernel.cost(i);
    const rowI = kernel.row(i);
    let j = -1;
    let lowest = Infinity;
    let best = 0;
    for (let k = 0; k < n; k++) {
      if (falls[k] === 0) continue;
      const v = violation[k];
      if (v < lowest) lowest = v;
      const gap = highest - v;
      if (gap <= 0) continue;
      const curvature = Math.max(diagonal[i] + diagonal[k] - 2 * rowI[k], LEAST_CURVATURE);
      if (gap * gap > best * curvature) {
        best = gap * gap / curvature;
        j = k;
      }
    }
    if (j < 0 || highest - lowest < tolerance) {
      return {
        alpha,
        bias: bias(alpha, violation, bounds, highest, lowest),
        converged: true,
        pairs,
      };
    }
    work += kernel.cost(j);
    const rowJ = kernel.row(j);
    // αᵢ moves by yᵢ·step and αⱼ by −yⱼ·step, which keeps yᵀα; both stay within their bounds.
    const curvature = Math.max(diagonal[i] + diagonal[j] - 2 * rowI[j], LEAST_CURVATURE);
    const roomI = sides[i] > 0 ? bounds[i] - alpha[i] : alpha[i];
    const roomJ = sides[j] > 0 ? alpha[j] : bounds[j] - alpha[j];
    const step = Math.min((highest - violation[j]) / curvature, roomI, roomJ);
    // Landing on a bound is exact, so that the row counts as bound from now on.
    alpha[i] = step === roomI ? (sides[i] > 0 ? bounds[i] : 0) : alpha[i] + sides[i] * step;
    alpha[j] = step === roomJ ? (sides[j] > 0 ? 0 : bounds[j]) : alpha[j] - sides[j] * step;
    mark(i);
    mark(j);
    for (let k = 0; k < n; k++) violation[k] -= step * (rowI[k] - rowJ[k]);
  }
  return { alpha, bias: bias(alpha, violation, bounds, 0, 0), converged: false, pairs };
}

/** yₖ − Σᵢ αᵢyᵢKᵢₖ, afresh. */
function violations(
  kernel: KernelRows,
  sides: Int8Array,
  alpha: Float64Array,
): Float64Array<ArrayBuffer> {
  const told = kernel.times(alpha.map((value, i) => value * sides[i]));
  return Float64Array.from(sides, (side, k) => side - told[k]);
}

/** α with yᵀα = 0 exactly, up to rounding: what is missing or too much is spread over the free ones. */
function balanced(alpha: Float64Array, sides: Int8Array, bounds: Float64Array): Float64Array {
  const out = alpha.slice();
  for (let round = 0; round < 3; round++) {
    let excess = 0;
    const free: number[] = [];
    for (let k = 0; k < out.length; k++) {
      excess += sides[k] * out[k];
      if (out[k] > 0 && out[k] < bounds[k]) free.push(k);
    }
    for (const k of free) {
      out[k] = Math.min(bounds[k], Math.max(0, out[k] - sides[k] * excess / free.length));
    }
  }
  return out;
}

/** b: the violation of rows with 0 < αᵢ < Cᵢ (their mean), or the middle of its range when no row is free. */
function bias(
  alpha: Float64Array,
  violation: Float64Array,
  bounds: Float64Array,
  highest: number,
  lowest: number,
): number {
  let sum = 0, free = 0;
  for (let k = 0; k < alpha.length; k++) {
    if (alpha[k] <= 0 || alpha[k] >= bounds[k]) continue;
    sum += violation[k];
    free++;
  }
  return free ? sum / free : (highest + lowest) / 2;
}
