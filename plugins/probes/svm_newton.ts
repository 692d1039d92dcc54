/** The linear support vector machine by Newton's method on a smoothed hinge, made sharp step by step. */

import { breatheAfter } from "@countergrade/countergrade";
import { backward, factorize, forward } from "@countergrade/countergrade/linear";
import type { Kernel } from "./svm_solver.ts";

/** A dual problem as the solver sees it: its own rows only. */
export interface SmoothProblem {
  readonly kernel: Pick<Kernel, "row" | "times">;
  readonly sides: Int8Array;
  /** The upper bounds Cᵢ; rows of bound 0 take no part. */
  readonly bounds: Float64Array;
  /** Where to begin, 0 ≤ αᵢ ≤ Cᵢ, with Σ αᵢyᵢK[i, :]. */
  readonly alpha: Float64Array;
  readonly scores: Float64Array;
  readonly bias: number;
  /** How far the optimality conditions may be missed, in margins. */
  readonly tolerance: number;
}

/** Widths of the smoothed corner of the hinge, in margins; each solution is where the next begins. */
const WIDTHS = [0.5, 0.1, 0.02, 4e-3, 8e-4, 1e-4, 1e-6];
/** More rows in the corner than this are left to the pairs: a step's cost grows with their cube. */
const MOST = 2500;

/**
 * Minimizes, over w = Σ cᵢxᵢ and b, with f = w·x + b and the solution α⁰ of the width before,
 *
 *     ½‖w‖² + Σ Cᵢ·φ(tᵢ),  tᵢ = 1 − yᵢfᵢ + (h/Cᵢ)αᵢ⁰,   φ(t) = 0, t²/2h or t − h/2 for t below 0, up to h, above h
 *
 * The shift by α⁰ makes this a proximal step on the dual, so that the hinge itself is met, not its smoothed form. Where J are the
 * rows in the corner 0 < t < h and U those beyond it, Newton's step solves
 *
 *     K_JJ·c_J + (h/C)c_J + b = y + (h/C)yα⁰ − K_JU·(yC)_U,   Σ c_J = −Σ (yC)_U
 *
 * and goes as far as the objective falls (exact line search). Once J and U stay, the step is exact.
 *
 * @returns α, or undefined when the corner held no row or too many.
 */
export async function smoothedSvm(
  { kernel, sides, bounds, alpha, scores, bias, tolerance }: SmoothProblem,
  signal?: AbortSignal,
): Promise<Float64Array | undefined> {
  const n = sides.length;
  let before = alpha.slice();
  const c = alpha.map((value, i) => value * sides[i]);
  const f = scores.slice();
  let b = bias;
  /** yC of the rows in U, and K times that. */
  const pull = new Float64Array(n);
  let beyond: Float64Array = new Float64Array(n);
  let work = 0;
  const widths = WIDTHS.filter((h) => h > tolerance / 20);
  const inCorner = (width: number) =>
    f.some((value, i) => {
      const t = bounds[i] && 1 - sides[i] * (value + b) + width / bounds[i] * before[i];
      return t > 0 && t < width;
    });
  while (!inCorner(widths[0]) && widths[0] < 1e3) widths.unshift(4 * widths[0]);
  for (const h of widths) {
    for (let iteration = 0; iteration < 60; iteration++) {
      await breatheAfter(work, signal);
      const corner: number[] = [];
      let total = 0;
      let moved = iteration === 0;
      for (let i = 0; i < n; i++) {
        if (bounds[i] === 0) continue;
        const t = 1 - sides[i] * (f[i] + b) + h / bounds[i] * before[i];
        const pulls = t >= h ? sides[i] * bounds[i] : 0;
        total += pulls;
        if (t > 0 && t < h) corner.push(i);
        if (pulls === pull[i]) continue;
        moved = true;
        pull[i] = pulls;
      }
      if (moved) beyond = kernel.times(pull);
      const m = corner.length;
      // The pairs go on from the width before.
      if (m === 0 || m > MOST) return h === widths[0] ? undefined : before;
      const rows = corner.map((i) => kernel.row(i));
      const matrix = new Float64Array(m * m);
      for (let p = 0; p < m; p++) {
        for (let q = 0; q <= p; q++) matrix[p * m + q] = rows[p][corner[q]];
        matrix[p * m + p] += h / bounds[corner[p]];
      }
      const factor = factorize(matrix, m);
      if (!factor) return h === widths[0] ? undefined : before;
      const x = Float64Array.from(
        corner,
        (i) => sides[i] * (1 + h / bounds[i] * before[i]) - beyond[i],
      );
      const ones = new Float64Array(m).fill(1);
      for (const side of [x, ones]) {
        forward(factor, side);
        backward(factor, side);
      }
      const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
      const bNew = (sum(x) + total) / sum(ones);
      for (let p = 0; p < m; p++) x[p] -= bNew * ones[p];
      const dc = pull.map((value, i) => value - c[i]);
      corner.forEach((i, p) => dc[i] = x[p] - c[i]);
      const df = kernel.times(dc);
      work = m * m * m / 6 + 4 * n * (n + m);
      const db = bNew - b;
      // The slope of the objective at a share s of the step, which rises with s.
      let along = 0, square = 0;
      for (let i = 0; i < n; i++) {
        along += c[i] * df[i];
        square += dc[i] * df[i];
      }
      const slope = (s: number) => {
        let value = along + s * square;
        for (let i = 0; i < n; i++) {
          if (bounds[i] === 0) continue;
          const d = df[i] + db;
          const t = 1 - sides[i] * (f[i] + b + s * d) + h / bounds[i] * before[i];
          if (t > 0) value -= sides[i] * d * (t < h ? t / h : 1) * bounds[i];
        }
        return value;
      };
      let step = 1;
      const least = 1e-9 * Math.abs(slope(0));
      if (slope(1) > least) {
        let [low, high] = [0, 1];
        for (let k = 0; k < 40 && high - low > 1e-3 * high; k++) {
          step = (low + high) / 2;
          if (slope(step) > 0) high = step;
          else low = step;
        }
        step = (low + high) / 2;
      }
      let most = 0;
      for (let i = 0; i < n; i++) {
        c[i] += step * dc[i];
        f[i] += step * df[i];
        most = Math.max(most, Math.abs(step * (df[i] + db)));
      }
      b += step * db;
      if (!moved && step === 1) break;
      if (most < 1e-10) break;
    }
    // After a full step c is yα; from f it would come out less exactly, the smaller h is.
    before = Float64Array.from(
      sides,
      (side, i) => Math.min(bounds[i], Math.max(0, side * c[i])),
    );
  }
  return before;
}
