/** The dual of the linear support vector machine: Newton's method comes close, pairs of variables make sure. */

import { breatheAfter } from "@countergrade/countergrade";
import { type CodeMatrix, rowProducts } from "@countergrade/countergrade/linear";
import { smoothedSvm } from "./svm_newton.ts";
import { LEAST_CURVATURE, PairScan } from "./svm_pairs.ts";

/** The kernel matrix K = X·Xᵀ of codes `[size, d]`. */
export class Kernel {
  readonly size: number;
  /** For the steps of one problem at a time. */
  readonly scan: PairScan;
  #matrix: CodeMatrix;
  #products: Float64Array;
  #stride: number;

  private constructor(
    matrix: CodeMatrix,
    { products, stride, memory }: Awaited<ReturnType<typeof rowProducts>>,
  ) {
    this.#matrix = matrix;
    this.size = matrix.rows;
    this.#products = products.values;
    this.#stride = stride;
    this.scan = new PairScan(memory, products, this.size, stride);
  }

  /** @throws {CancelledError} Once the signal is aborted. */
  static async of(matrix: CodeMatrix, signal?: AbortSignal): Promise<Kernel> {
    const room = PairScan.room(matrix.rows, 8 * Math.ceil(matrix.rows / 8));
    return new Kernel(matrix, await rowProducts(matrix, { room, signal }));
  }

  /** The multiplications of the passes over the codes that a step of Newton's method takes. */
  get pass(): number {
    return 4 * this.size * this.#matrix.columns;
  }

  /** K·c `[size]`. */
  times(c: Float64Array): Float64Array {
    return this.#matrix.project(this.#matrix.combine(c))[0];
  }

  /** K[i, :] of length `size`, not copied. */
  row(i: number): Float64Array {
    const at = i * this.#stride;
    return this.#products.subarray(at, at + this.size);
  }
}

/** One problem: the rows of the kernel, with their sides and bounds. */
export interface SvmProblem {
  readonly kernel: Kernel;
  readonly sides: Int8Array;
  /** The upper bound Cᵢ of each αᵢ; a row of bound 0 takes no part. */
  readonly bounds: Float64Array;
  /** Where to begin, within the bounds: the answer of a neighboring problem, say. All zeros by default. */
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

/** Steps that Newton's method is expected to take. */
const NEWTON_STEPS = 40;
/** After as many pairs per row at work, rows that have nothing to do are left out. */
const PAIRS_PER_STAGE = 4;

/**
 * Minimizes ½αᵀQα − Σα with 0 ≤ αᵢ ≤ Cᵢ and yᵀα = 0, Qᵢⱼ = yᵢyⱼKᵢⱼ, which is libsvm's C-SVC, by moving pairs: the i of largest
 * violation and the j of largest second-order gain (Fan, Chen and Lin 2005, Working set selection using second order
 * information), among ever fewer rows (shrinking, Joachims 1999) until all are looked at again. What takes more than 40 pairs per row, as
 * weak penalties on correlated codes do, is left to {@linkcode smoothedSvm}, whose answer the pairs then verify and, where needed, finish.
 * Ends when no pair violates the optimality conditions by more than `tolerance`.
 *
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function solveSvm(
  { kernel, sides, bounds, start }: SvmProblem,
  options: { tolerance?: number; newton?: number; signal?: AbortSignal } = {},
): Promise<SvmSolution> {
  const { tolerance = 1e-5, newton, signal } = options;
  const n = sides.length;
  const all = Int32Array.from(sides.keys()).filter((k) => bounds[k] > 0);
  const most = Math.max(1e7, 100 * n);
  let alpha = balanced(start ?? new Float64Array(n), sides, bounds);
  let rows: Int32Array = all;
  let tried = false;
  for (let pairs = 0;;) {
    /** vₖ = yₖ − Σᵢ αᵢyᵢKᵢₖ: at the optimum that of all free rows is b. */
    let violation = violations(kernel, sides, alpha);
    const free = alpha.reduce((sum, a, k) => a > 0 && a < bounds[k] ? sum + 1 : sum, 0);
    const worth = newton ?? NEWTON_STEPS * (free ** 3 / 6 + kernel.pass) / (8 * n);
    if (!tried && pairs >= worth) {
      tried = true;
      const scores = violation.map((v, k) => sides[k] - v);
      const middle = bias(alpha, violation, bounds, 0, 0);
      const problem = { kernel, sides, bounds, alpha, scores, bias: middle, tolerance };
      const found = await smoothedSvm(problem, signal);
      if (found) {
        rows = all;
        alpha = balanced(found, sides, bounds);
        violation = violations(kernel, sides, alpha);
      }
    }
    const limit = Math.min(PAIRS_PER_STAGE * rows.length, most - pairs);
    await breatheAfter(8 * rows.length * limit, signal);
    const loose = rows === all ? tolerance : 10 * tolerance;
    const stage = movePairs({
      kernel,
      sides,
      bounds,
      alpha,
      violation,
      rows,
      tolerance: loose,
      limit,
    });
    const { moved, highest, lowest, left } = stage;
    pairs += moved;
    const settled = moved < limit;
    if (settled && rows === all || pairs >= most) {
      return {
        alpha,
        bias: bias(alpha, violation, bounds, highest, lowest),
        converged: settled,
        pairs,
      };
    }
    rows = settled || left.length > n / 2 ? all : left;
  }
}

/**
 * Moves up to `limit` pairs of `rows`, in place of α and v.
 *
 * @returns How many were moved (fewer than `limit` when no pair violates), the highest and the lowest violation, and the rows that may
 * still be part of a pair: those that may only rise and lie below the lowest are none, nor are those that may only fall and lie above the highest.
 */
function movePairs(
  { kernel: { scan }, sides, bounds, alpha, violation, rows, tolerance, limit }: {
    kernel: Kernel;
    sides: Int8Array;
    bounds: Float64Array;
    alpha: Float64Array;
    violation: Float64Array;
    rows: Int32Array;
    tolerance: number;
    limit: number;
  },
): { moved: number; highest: number; lowest: number; left: Int32Array } {
  const places = scan.begin(rows);
  const { violation: v, diagonal } = scan;
  const may = (k: number) => {
    const [above, below] = [alpha[k] > 0, alpha[k] < bounds[k]];
    return sides[k] > 0 ? { rises: below, falls: above } : { rises: above, falls: below };
  };
  const mark = (p: number) => {
    const { rises, falls } = may(places[p]);
    scan.mark(p, rises, falls);
  };
  for (let p = 0; p < places.length; p++) {
    v[p] = violation[places[p]];
    if (bounds[places[p]] > 0) mark(p);
  }
  let { i, highest } = scan.move(0, 0, 0);
  let lowest = highest;
  let moved = 0;
  for (; moved < limit && i >= 0; moved++) {
    const partner = scan.partner(i, highest);
    const { j } = partner;
    lowest = partner.lowest;
    if (j < 0 || highest - lowest < tolerance) break;
    const [k, l] = [places[i], places[j]];
    // αₖ moves by yₖ·step and αₗ by −yₗ·step, which keeps yᵀα; both stay within their bounds.
    const curvature = Math.max(diagonal[i] + diagonal[j] - 2 * scan.product(i, j), LEAST_CURVATURE);
    const roomK = sides[k] > 0 ? bounds[k] - alpha[k] : alpha[k];
    const roomL = sides[l] > 0 ? alpha[l] : bounds[l] - alpha[l];
    const step = Math.min((highest - v[j]) / curvature, roomK, roomL);
    // Landing on a bound is exact, so that the row counts as bound from now on.
    alpha[k] = step === roomK ? (sides[k] > 0 ? bounds[k] : 0) : alpha[k] + sides[k] * step;
    alpha[l] = step === roomL ? (sides[l] > 0 ? 0 : bounds[l]) : alpha[l] - sides[l] * step;
    mark(i);
    mark(j);
    ({ i, highest } = scan.move(step, i, j));
  }
  for (let p = 0; p < places.length; p++) violation[places[p]] = v[p];
  const left = rows.filter((k) => {
    const { rises, falls } = may(k);
    return rises && falls || (rises ? violation[k] >= lowest : violation[k] <= highest);
  });
  return { moved, highest, lowest, left };
}

/** yₖ − Σᵢ αᵢyᵢKᵢₖ, afresh. */
function violations(
  kernel: Kernel,
  sides: Int8Array,
  alpha: Float64Array,
): Float64Array<ArrayBuffer> {
  const told = kernel.times(alpha.map((value, i) => value * sides[i]));
  return Float64Array.from(sides, (side, k) => side - told[k]);
}

/** α within its bounds and with yᵀα = 0 exactly, up to rounding: what is too much on one side is taken evenly from those that have it. */
function balanced(alpha: Float64Array, sides: Int8Array, bounds: Float64Array): Float64Array {
  const out = alpha.map((value, k) => Math.min(bounds[k], Math.max(0, value)));
  const sum = (side: number) => out.reduce((sum, v, k) => sides[k] === side ? sum + v : sum, 0);
  for (let round = 0; round < 3; round++) {
    const excess = sum(1) - sum(-1);
    const heavy = Math.sign(excess);
    const total = sum(heavy);
    if (total === 0) break;
    for (let k = 0; k < out.length; k++) {
      if (sides[k] === heavy) out[k] -= out[k] / total * Math.abs(excess);
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
