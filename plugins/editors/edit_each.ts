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
  type Hold,
  InputError,
  type Latents,
  type Probe,
  row,
  type Target,
  tensor,
} from "@countergrade/countergrade";
import {
  cholesky,
  mahalanobis,
  mahalanobisLength,
  percentileOf,
  solve,
} from "@countergrade/countergrade/linear";

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
  /** The direction for a gradient, without what is held. @throws {InputError} When nothing is left of it. */
  along(direction: Direction, gradient: Float64Array): Float64Array;
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
  { statistics, hold, signal }: EditContext,
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
      along: (direction, gradient) => heldDirection(direction, gradient, statistics, hold),
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

/**
 * Where less than this share of the score's variance is left without what is held (a correlation above 0.995), what is held is what is
 * edited: a step would be ten times as long and more.
 */
const DEGENERATE = 0.01;

/**
 * v for the gradient g, with H = [h₁ … hₘ] the gradients of what is held and M the matrix of the direction (Σ, or what
 * {@linkcode Hold.covariance} puts in its place):
 *
 *     v = Mg − MH·(HᵀMH)⁻¹·HᵀMg,   so that Hᵀv = 0
 *
 * It is the least step in the metric M⁻¹ that moves the score and nothing held.
 *
 * @throws {InputError} When the score cannot move without what is held.
 */
function heldDirection(
  direction: Direction,
  g: Float64Array,
  statistics: CodeStatistics,
  hold: Hold | undefined,
): Float64Array {
  const metric = hold?.covariance ? { ...statistics, covariance: hold.covariance } : statistics;
  const v = direction(g, metric);
  const held = hold?.gradients;
  if (!held || held.shape[0] === 0) return v;
  const all = inner(g, v);
  const m = held.shape[0];
  const gradients = Array.from({ length: m }, (_, k) => Float64Array.from(row(held, k).data));
  const moves = gradients.map((h) => direction(h, metric));
  const products = gradients.flatMap((h) => moves.map((move) => inner(h, move)));
  let share: Float64Array;
  try {
    share = solve(cholesky(products, m), gradients.map((h) => inner(h, v)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError("Cannot edit: two things that are held are the same", ["hold"]);
  }
  for (const [k, move] of moves.entries()) {
    for (let j = 0; j < v.length; j++) v[j] -= share[k] * move[j];
  }
  if (inner(g, v) > DEGENERATE * all) return v;
  throw new InputError(
    "Cannot edit: what is held and what is edited are the same thing, the score cannot move without it",
    ["hold"],
  );
}

/** aᵀb */
export function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
