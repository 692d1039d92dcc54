/** The dual of the linear support vector machine, solved by sequential minimal optimisation. */

import { breathe } from "@countergrade/countergrade";

/** The kernel matrix K = X·Xᵀ, row by row, computed when first asked for; the oldest rows go when memory is full. */
export class KernelRows {
  readonly size: number;
  readonly diagonal: Float64Array;
  #x: Float64Array;
  #length: number;
  #rows = new Map<number, Float64Array>();
  #most: number;

  /** @param x Rows `[size, length]`. @param bytes How much memory the kept rows may take. */
  constructor(x: Float64Array, length: number, bytes = 2 ** 28) {
    this.#x = x;
    this.#length = length;
    this.size = x.length / length;
    this.#most = Math.max(2, Math.floor(bytes / (8 * this.size)));
    this.diagonal = Float64Array.from({ length: this.size }, (_, i) => this.#inner(i, i));
  }

  /** The multiplications that asking for row `i` takes now. */
  cost(i: number): number {
    return this.#rows.has(i) ? 0 : this.size * this.#length;
  }

  /** K[i, :] of length `size`. */
  row(i: number): Float64Array {
    const known = this.#rows.get(i);
    if (known) return known;
    const made = new Float64Array(this.size);
    for (let j = 0; j < this.size; j++) made[j] = this.#rows.get(j)?.[i] ?? this.#inner(i, j);
    if (this.#rows.size >= this.#most) this.#rows.delete(this.#rows.keys().next().value!);
    this.#rows.set(i, made);
    return made;
  }

  #inner(i: number, j: number): number {
    const x = this.#x;
    const d = this.#length;
    let [p, q] = [i * d, j * d];
    let a = 0, b = 0, c = 0, e = 0;
    const end = p + d - d % 4;
    for (; p < end; p += 4, q += 4) {
      a += x[p] * x[q];
      b += x[p + 1] * x[q + 1];
      c += x[p + 2] * x[q + 2];
      e += x[p + 3] * x[q + 3];
    }
    for (; p < (i + 1) * d; p++, q++) a += x[p] * x[q];
    return a + b + c + e;
  }
}

/** One problem: which rows of the kernel take part, and their sides and bounds (one entry per part-taking row). */
export interface SvmProblem {
  readonly kernel: KernelRows;
  readonly rows: Int32Array;
  readonly sides: Int8Array;
  /** The upper bound Cᵢ of each αᵢ. */
  readonly bounds: Float64Array;
}

/** The dual variables α and the bias b of f(x) = Σ αᵢyᵢ·K(xᵢ, x) + b. */
export interface SvmSolution {
  alpha: Float64Array;
  bias: number;
  converged: boolean;
}

/** Equal rows have no curvature between them; this makes the step large, and a bound ends it. */
const LEAST_CURVATURE = 1e-12;
/** Iterations between two looks at which rows still matter. */
const SHRINK_EVERY = 1000;
/** Multiplications between two looks at the signal: some tens of milliseconds. */
const WORK_PER_BREATH = 3e7;

/**
 * Minimises ½αᵀQα − Σα with 0 ≤ αᵢ ≤ Cᵢ and yᵀα = 0, Qᵢⱼ = yᵢyⱼKᵢⱼ, which is libsvm's C-SVC: the pair to move is the one
 * of largest violation i and the j of largest second-order gain (Fan, Chen and Lin 2005, Working set selection using second order
 * information). Ends when no pair violates the optimality conditions by more than `tolerance`.
 *
 * @throws {CancelledError} Once the signal is aborted.
 */
export async function solveSvm(
  { kernel, rows, sides, bounds }: SvmProblem,
  options: { tolerance?: number; signal?: AbortSignal } = {},
): Promise<SvmSolution> {
  const { tolerance = 1e-5, signal } = options;
  const n = rows.length;
  const alpha = new Float64Array(n);
  // −yₖ·gradientₖ where moving αₖ along +yₖ (rise) or −yₖ (fall) is allowed.
  let violation = Float64Array.from(sides);
  const rises = Uint8Array.from(sides, (side) => side > 0 ? 1 : 0);
  const falls = Uint8Array.from(sides, (side) => side > 0 ? 0 : 1);
  const diagonal = Float64Array.from(rows, (i) => kernel.diagonal[i]);
  const most = Math.max(1e7, 100 * n);
  let active = Int32Array.from(rows.keys());
  let work = Infinity;

  for (let iteration = 0; iteration < most; iteration++) {
    if (work > WORK_PER_BREATH) {
      await breathe(signal);
      work = 0;
    }
    const i = highestOf(violation, rises, active);
    if (i < 0) break;
    const highest = violation[i];
    work += 6 * active.length + kernel.cost(rows[i]);
    const rowI = kernel.row(rows[i]);
    let j = -1;
    let lowest = Infinity;
    let best = 0;
    for (let a = 0; a < active.length; a++) {
      const k = active[a];
      if (falls[k] === 0) continue;
      if (violation[k] < lowest) lowest = violation[k];
      const gap = highest - violation[k];
      if (gap <= 0) continue;
      const curvature = Math.max(diagonal[i] + diagonal[k] - 2 * rowI[rows[k]], LEAST_CURVATURE);
      if (gap * gap > best * curvature) {
        best = gap * gap / curvature;
        j = k;
      }
    }
    if (j < 0 || highest - lowest < tolerance) {
      if (active.length === n) {
        return { alpha, bias: bias(alpha, violation, bounds, highest, lowest), converged: true };
      }
      // Solved without the rows that were set aside: look at all of them again.
      violation = violations(kernel, rows, sides, alpha);
      active = Int32Array.from(rows.keys());
      continue;
    }
    if (iteration % SHRINK_EVERY === SHRINK_EVERY - 1) {
      // A row at a bound that no pair would take is set aside.
      active = active.filter((k) =>
        (rises[k] === 1 || violation[k] <= highest) && (falls[k] === 1 || violation[k] >= lowest)
      );
    }
    work += kernel.cost(rows[j]);
    const rowJ = kernel.row(rows[j]);
    // αᵢ moves by yᵢ·step and αⱼ by −yⱼ·step, which keeps yᵀα; both stay within their bounds.
    const curvature = Math.max(diagonal[i] + diagonal[j] - 2 * rowI[rows[j]], LEAST_CURVATURE);
    const roomI = sides[i] > 0 ? bounds[i] - alpha[i] : alpha[i];
    const roomJ = sides[j] > 0 ? alpha[j] : bounds[j] - alpha[j];
    const step = Math.min((highest - violation[j]) / curvature, roomI, roomJ);
    // Landing on a bound is exact, so that the row counts as bound from now on.
    alpha[i] = step === roomI ? (sides[i] > 0 ? bounds[i] : 0) : alpha[i] + sides[i] * step;
    alpha[j] = step === roomJ ? (sides[j] > 0 ? 0 : bounds[j]) : alpha[j] - sides[j] * step;
    for (const k of [i, j]) {
      const [above, below] = [alpha[k] > 0 ? 1 : 0, alpha[k] < bounds[k] ? 1 : 0];
      rises[k] = sides[k] > 0 ? below : above;
      falls[k] = sides[k] > 0 ? above : below;
    }
    for (let a = 0; a < active.length; a++) {
      const k = active[a];
      violation[k] -= step * (rowI[rows[k]] - rowJ[rows[k]]);
    }
  }
  return { alpha, bias: bias(alpha, violation, bounds, 0, 0), converged: false };
}

/** −yₖ·gradientₖ = yₖ − Σᵢ αᵢyᵢKᵢₖ, afresh. */
function violations(
  kernel: KernelRows,
  rows: Int32Array,
  sides: Int8Array,
  alpha: Float64Array,
): Float64Array<ArrayBuffer> {
  const out = Float64Array.from(sides);
  for (let i = 0; i < alpha.length; i++) {
    if (alpha[i] === 0) continue;
    const row = kernel.row(rows[i]);
    for (let k = 0; k < out.length; k++) out[k] -= alpha[i] * sides[i] * row[rows[k]];
  }
  return out;
}

/** The active index of the largest value that is allowed, or −1. */
function highestOf(values: Float64Array, allowed: Uint8Array, active: Int32Array): number {
  let at = -1;
  let highest = -Infinity;
  for (let a = 0; a < active.length; a++) {
    const k = active[a];
    if (values[k] > highest && allowed[k] !== 0) {
      highest = values[k];
      at = k;
    }
  }
  return at;
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
