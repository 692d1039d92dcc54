/** The dual of the linear support vector machine: Newton's method comes close, pairs of variables make sure. */

import { breatheAfter, type CodeMatrix, rowProducts } from "@countergrade/countergrade";
import { smoothedSvm } from "./svm_newton.ts";
import { LEAST_CURVATURE, PairScan, roomOf } from "./svm_pairs.ts";

/** The kernel matrix K = X·Xᵀ of codes `[size, d]`. */
export class Kernel {
  readonly size: number;
  readonly diagonal: Float64Array;
  /** For the steps of one problem at a time. */
  readonly scan: PairScan;
  #matrix: CodeMatrix;
  #products: Float64Array;
  #address: number;
  #stride: number;

  private constructor(
    matrix: CodeMatrix,
    { products, stride, memory }: Awaited<ReturnType<typeof rowProducts>>,
  ) {
    this.#matrix = matrix;
    this.size = matrix.rows;
    this.#products = products.values;
    this.#address = products.address;
    this.#stride = stride;
    this.diagonal = Float64Array.from({ length: this.size }, (_, i) => this.row(i)[i]);
    this.scan = new PairScan(memory, this.diagonal, stride);
  }

  /** @throws {CancelledError} Once the signal is aborted. */
  static async of(matrix: CodeMatrix, signal?: AbortSignal): Promise<Kernel> {
    const room = roomOf(matrix.rows);
    return new Kernel(matrix, await rowProducts(matrix, { room, signal }));
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

  /** Where row `i` lies in memory. */
  addressOf(i: number): number {
    return this.#address + 8 * i * this.#stride;
  }
}

/** One problem: the rows of the kernel, with their sides and bounds. */
export interface SvmProblem {
  readonly kernel: Kernel;
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

/** After so many pairs, it is seen whether somebody waits. */
const PAIRS_PER_LOOK = 1000;
/** After as many pairs per row Newton's method takes over. */
const PAIRS_PER_ROW = 40;

/**
 * Minimises ½αᵀQα − Σα with 0 ≤ αᵢ ≤ Cᵢ and yᵀα = 0, Qᵢⱼ = yᵢyⱼKᵢⱼ, which is libsvm's C-SVC, by moving pairs: the i of largest
 * violation and the j of largest second-order gain (Fan, Chen and Lin 2005, Working set selection using second order
 * information). What takes more than 40 pairs per row, as weak penalties on correlated codes do, is left to {@linkcode smoothedSvm}, whose
 * answer the pairs then verify and, where needed, finish. Ends when no pair violates the optimality conditions by more than `tolerance`.
 *
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function solveSvm(
  { kernel, sides, bounds, start }: SvmProblem,
  options: { tolerance?: number; pairsPerRow?: number; signal?: AbortSignal } = {},
): Promise<SvmSolution> {
  const { tolerance = 1e-5, pairsPerRow = PAIRS_PER_ROW, signal } = options;
  const n = sides.length;
  const { scan, diagonal } = kernel;
  const alpha = balanced(start ?? new Float64Array(n), sides, bounds);
  /** vₖ = yₖ − Σᵢ αᵢyᵢKᵢₖ: at the optimum that of all free rows is b. */
  const violation = scan.violation.subarray(0, n);
  const mark = (k: number) => {
    const [above, below] = [alpha[k] > 0, alpha[k] < bounds[k]];
    scan.mark(k, sides[k] > 0 ? below : above, sides[k] > 0 ? above : below);
  };
  const begin = () => {
    violation.set(violations(kernel, sides, alpha));
    for (let k = 0; k < n; k++) mark(k);
    return scan.move(0, kernel.addressOf(0), kernel.addressOf(0));
  };
  const most = Math.max(1e7, 100 * n);
  let untilNewton = pairsPerRow * n;
  let { i, highest } = begin();

  for (let pairs = 0;; pairs++) {
    if (pairs % PAIRS_PER_LOOK === 0) await breatheAfter(8 * n * PAIRS_PER_LOOK, signal);
    if (--untilNewton === -1) {
      const scores = violation.map((v, k) => sides[k] - v);
      const middle = bias(alpha, violation, bounds, 0, 0);
      const problem = { kernel, sides, bounds, alpha, scores, bias: middle, tolerance };
      const found = await smoothedSvm(problem, signal);
      if (found) {
        alpha.set(balanced(found, sides, bounds));
        ({ i, highest } = begin());
      }
    }
    const { j, lowest } = i < 0
      ? { j: -1, lowest: 0 }
      : scan.partner(i, highest, kernel.addressOf(i));
    const converged = j < 0 || highest - lowest < tolerance;
    if (converged || pairs === most) {
      return { alpha, bias: bias(alpha, violation, bounds, highest, lowest), converged, pairs };
    }
    // αᵢ moves by yᵢ·step and αⱼ by −yⱼ·step, which keeps yᵀα; both stay within their bounds.
    const between = diagonal[i] + diagonal[j] - 2 * kernel.row(i)[j];
    const roomI = sides[i] > 0 ? bounds[i] - alpha[i] : alpha[i];
    const roomJ = sides[j] > 0 ? alpha[j] : bounds[j] - alpha[j];
    const gap = highest - violation[j];
    const step = Math.min(gap / Math.max(between, LEAST_CURVATURE), roomI, roomJ);
    // Landing on a bound is exact, so that the row counts as bound from now on.
    alpha[i] = step === roomI ? (sides[i] > 0 ? bounds[i] : 0) : alpha[i] + sides[i] * step;
    alpha[j] = step === roomJ ? (sides[j] > 0 ? 0 : bounds[j]) : alpha[j] - sides[j] * step;
    mark(i);
    mark(j);
    ({ i, highest } = scan.move(step, kernel.addressOf(i), kernel.addressOf(j)));
  }
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
