/** What all editors share that walk towards a score: targets in, every row moved by itself, figures out. */

import {
  type Aim,
  aimAt,
  breathe,
  type Codes,
  type CodeStatistics,
  type Edit,
  type EditContext,
  expectShape,
  InputError,
  type Latents,
  type Probe,
  row,
  type Target,
  tensor,
} from "@countergrade/countergrade";
import { mahalanobis, mahalanobisLength, percentileOf } from "@countergrade/countergrade/linear";

/** One code on its way to a score: the probe's, or the log-odds of a class. */
export interface Walk {
  readonly statistics: CodeStatistics;
  /** The score asked for. */
  readonly goal: number;
  /** Where the code is now, `[1, d]`. */
  readonly now: Codes;
  /** f* − f, what is left to go, in σ. */
  miss(): number;
  /** The gradient g of the score here, `[d]`. */
  gradient(): Float64Array;
  /** Goes on by `size`·v from where the code is. */
  advance(v: Float64Array, size: number): void;
  /** The error for a score that cannot be reached. */
  unreachable(reason: string): InputError;
}

/**
 * Moves each row of the codes by `approach`, which is called for rows that are not at their target yet and returns when they are.
 *
 * @throws {InputError} When a target is not finite or not on the scale, a code is not finite, or `approach` says so.
 * @throws {CancelledError} Between two rows, once the signal is aborted.
 */
export async function editEach(
  { codes, noise }: Latents,
  probe: Probe,
  targets: readonly Target[],
  { statistics, signal }: EditContext,
  approach: (walk: Walk) => void | Promise<void>,
): Promise<Edit> {
  const d = statistics.mean.data.length;
  expectShape("edit codes", codes, [targets.length, d]);
  const edited = tensor(codes.shape, codes.data.slice());
  const aims = targets.map((target, i) => finiteAim(probe, target, i));
  const goals = Float64Array.from(aims, ({ goal }) => goal);
  const length = new Float64Array(goals.length);
  const lengthRatio = new Float64Array(goals.length).fill(1);
  for (const [i, aim] of aims.entries()) {
    const { goal } = aim;
    await breathe(signal);
    const now = row(edited, i);
    expectFinite(now.data, i);
    const start = row(codes, i).data;
    const step = new Float64Array(d);
    const walk: Walk = {
      statistics,
      goal,
      now,
      miss: () => goal - aim.score(now)[0],
      gradient: () => Float64Array.from(aim.gradient(now).data),
      advance(v, size) {
        for (let j = 0; j < d; j++) {
          step[j] += v[j] * size;
          now.data[j] = start[j] + step[j];
        }
      },
      unreachable: (reason) =>
        new InputError(`Cannot edit: the score ${goal} cannot be reached, ${reason}`, [
          "targets",
          i,
        ]),
    };
    const miss = walk.miss();
    // This first look is exact: a code that is where it should be stays, any other moves.
    if (miss === 0) continue;
    const g = walk.gradient();
    const least = Math.abs(miss) / Math.sqrt(inner(g, timesCovariance(g, statistics)));
    await approach(walk);
    length[i] = mahalanobisLength(statistics, step);
    lengthRatio[i] = length[i] / least;
  }
  const percentile = mahalanobis(statistics, edited)
    .map((distance) => percentileOf(statistics.distances.data, distance));
  return { latents: { codes: edited, noise }, targetScore: goals, length, lengthRatio, percentile };
}

function finiteAim(probe: Probe, target: Target, i: number): Aim {
  const aim = aimAt(probe, target);
  if (Number.isFinite(aim.goal)) return aim;
  throw new InputError(
    `Cannot edit: expected a target that the probe can reach, ${JSON.stringify(target)} asks ` +
      `for the score ${aim.goal}`,
    ["targets", i],
  );
}

function expectFinite(code: Float32Array, i: number): void {
  const odd = code.findIndex((value) => !Number.isFinite(value));
  if (odd < 0) return;
  throw new InputError(
    `Cannot edit: expected finite codes, code ${i} has ${code[odd]} in dimension ${odd}`,
    ["codes", i],
  );
}

/** v from the gradient g `[d]` of the score: where to go so that the score rises. gᵀv is positive unless g is zero. */
export type Direction = (gradient: Float64Array, statistics: CodeStatistics) => Float64Array;

/** Σg, Σ the covariance of the training codes. */
export const timesCovariance: Direction = (g, { covariance }) => {
  const d = g.length;
  return Float64Array.from({ length: d }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += covariance.data[i * d + j] * g[j];
    return sum;
  });
};

/** σ²⊙g, σ² the variances of the training codes: the gradient in standardized space, taken back to raw space. */
export const timesVariance: Direction = (g, { covariance }) =>
  g.map((value, j) => value * covariance.data[j * g.length + j]);

/** aᵀb */
export function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
