/** The linear support vector machine of more rows than a kernel matrix has room for, by passes over the codes. */

import type { FitContext } from "@countergrade/countergrade";
import type { LinearLoss, PenalizedFitter } from "@countergrade/countergrade/linear";

/** Widths of the smoothed corner of the hinge, in margins, each solved from where the one before ended. */
const WIDTHS = [1, 0.3, 0.1, ...new Array(20).fill(0.03)];
/** The same from the answer of a neighboring problem. */
const WARM_WIDTHS: readonly number[] = new Array(10).fill(0.03);

/** A boundary w·x + b = 0 with the shares μ of the bounds that its rows pull with. */
export interface PrimalSolution {
  readonly w: Float64Array;
  readonly bias: number;
  /** `[n]`, 0 … 1. */
  readonly multipliers: Float64Array;
  readonly converged: boolean;
}

/**
 * Minimizes ½‖w‖² + Σ Cᵢ·max(0, 1 − yᵢ(w·xᵢ + b)) through hinges of a smoothed corner, shifted by the multipliers of the width
 * before (the method of multipliers), so that what is met in the end is the hinge itself:
 *
 *     φ(t) = 0, t²/2h or t − h/2 for t below 0, up to h, above h;   t = 1 − y·f + h·μ,   μ = clip(t/h, 0, 1) of the width before
 *
 * @param options.tolerance The multipliers have settled when they change by this little on average.
 * @param options.start The answer of a neighboring problem.
 */
export async function primalSvm(
  fitter: PenalizedFitter,
  sides: Int8Array,
  bounds: Float64Array,
  { tolerance, start, signal }: Pick<FitContext, "signal"> & {
    tolerance: number;
    start?: PrimalSolution;
  },
): Promise<PrimalSolution> {
  const n = sides.length;
  const total = bounds.reduce((sum, bound) => sum + bound, 0);
  const multipliers = start?.multipliers.slice() ?? new Float64Array(n);
  let at: { w?: Float64Array; extras: Float64Array } = start
    ? { w: start.w, extras: Float64Array.of(start.bias) }
    : { extras: new Float64Array(1) };
  let f = start ? fitter.matrix.project(start.w)[0] : new Float64Array(n);
  let converged = true;
  for (const h of start ? WARM_WIDTHS : WIDTHS) {
    const beyond = (i: number) => 1 - sides[i] * (f[i] + at.extras[0]) + h * multipliers[i];
    let corner = 0;
    for (let i = 0; i < n; i++) {
      const t = beyond(i);
      if (t > 0 && t < h) corner += bounds[i] / total;
    }
    const loss: LinearLoss = {
      outputs: 1,
      extras: 1,
      // Of the rows in the corner, each bends by 1/h; at the start all are about to enter it.
      curvature: Math.max(corner, 0.2 * h) / h,
      block: ([b], slopes) => (start, end, [f], [g]) => {
        let sum = 0;
        for (let i = start; i < end; i++) {
          const t = 1 - sides[i] * (f[i - start] + b) + h * multipliers[i];
          const share = bounds[i] / total;
          const slope = t <= 0 ? 0 : t < h ? t / h : 1;
          sum += share * (slope < 1 ? slope * t / 2 : t - h / 2);
          g[i - start] = -share * sides[i] * slope;
          slopes[0] += g[i - start];
        }
        return sum;
      },
    };
    const fit = await fitter.fit(loss, 1 / total, at, { tolerance: tolerance / 10, signal });
    at = fit;
    converged = fit.converged;
    [f] = fitter.matrix.project(fit.w);
    let change = 0;
    for (let i = 0; i < n; i++) {
      const settled = Math.min(1, Math.max(0, beyond(i) / h));
      change += Math.abs(settled - multipliers[i]) * bounds[i] / total;
      multipliers[i] = settled;
    }
    if (change < tolerance) break;
  }
  return { w: at.w!, bias: at.extras[0], multipliers, converged };
}
