/** Moving codes along a direction until the probe's score is the one asked for. */

import {
  aimAt,
  breathe,
  type CodeStatistics,
  type Edit,
  type EditContext,
  expectShape,
  InputError,
  type Latents,
  mahalanobis,
  mahalanobisLength,
  percentileOf,
  type Probe,
  row,
  type Target,
  tensor,
} from "@countergrade/countergrade";
import { z } from "zod";

/** Options of editors that step towards a score. */
export const stepOptions = z.strictObject({
  tolerance: z.number().positive().default(1e-4)
    .describe("How far the score may miss the target, in σ"),
  maxSteps: z.int().min(1).max(1000).default(50)
    .describe("Steps to try; a linear probe needs one"),
});

/** @see {@linkcode stepOptions} */
export type StepOptions = z.infer<typeof stepOptions>;

/** v from the gradient g `[d]` of the score: where to go so that the score rises. gᵀv is positive unless g is zero. */
export type Direction = (gradient: Float64Array, statistics: CodeStatistics) => Float64Array;

/**
 * Moves each row by Δz = v·(f* − f)/(gᵀv), f* the target and f the present score, again and again until |f* − f| is within the
 * tolerance. For a linear probe the first step arrives.
 *
 * @throws {InputError} When a target is not finite, or the score cannot be brought there.
 * @throws {CancelledError} Between two steps, once the signal is aborted.
 */
export async function editAlong(
  direction: Direction,
  { codes, noise }: Latents,
  probe: Probe,
  targets: readonly Target[],
  { tolerance, maxSteps }: StepOptions,
  { statistics, signal }: EditContext,
): Promise<Edit> {
  const d = statistics.mean.data.length;
  expectShape("edit codes", codes, [targets.length, d]);
  const edited = tensor(codes.shape, codes.data.slice());
  const aims = targets.map((target) => aimAt(probe, target));
  const goal = Float64Array.from(aims, (aim) => aim.goal);
  const length = new Float64Array(goal.length);
  const lengthRatio = new Float64Array(goal.length).fill(1);
  for (let i = 0; i < goal.length; i++) {
    await breathe(signal);
    if (!Number.isFinite(goal[i])) {
      throw new InputError(
        `Cannot edit: expected a target that the probe can reach, ${
          JSON.stringify(targets[i])
        } asks ` +
          `for the score ${goal[i]}`,
        ["targets", i],
      );
    }
    const now = row(edited, i);
    const step = new Float64Array(d);
    for (let k = 0;; k++) {
      const miss = goal[i] - aims[i].score(now)[0];
      // The first look is exact: a code that is where it should be stays, any other moves.
      if (Math.abs(miss) <= (k === 0 ? 0 : tolerance)) break;
      const g = Float64Array.from(aims[i].gradient(now).data);
      const v = direction(g, statistics);
      const slope = inner(g, v);
      if (!(slope > 0) || k === maxSteps) {
        throw new InputError(
          `Cannot edit: the score ${goal[i]} cannot be reached, ` +
            (slope > 0 ? `${k} steps ended ${miss} σ away` : "the probe's gradient is zero"),
          ["targets", i],
        );
      }
      if (k === 0) {
        length[i] = Math.abs(miss) / Math.sqrt(inner(g, timesCovariance(g, statistics)));
      }
      for (let j = 0; j < d; j++) {
        step[j] += v[j] * (miss / slope);
        now.data[j] = codes.data[i * d + j] + step[j];
      }
    }
    const least = length[i];
    length[i] = mahalanobisLength(statistics, step);
    if (least > 0) lengthRatio[i] = length[i] / least;
  }
  const percentile = mahalanobis(statistics, edited)
    .map((distance) => percentileOf(statistics.distances.data, distance));
  return { latents: { codes: edited, noise }, targetScore: goal, length, lengthRatio, percentile };
}

/** Σg */
export function timesCovariance(g: Float64Array, { covariance }: CodeStatistics): Float64Array {
  const d = g.length;
  return Float64Array.from({ length: d }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += covariance.data[i * d + j] * g[j];
    return sum;
  });
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
