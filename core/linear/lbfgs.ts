/** L-BFGS: minimizes a smooth function of many variables from its gradient. */

import { breatheAfter } from "../abort.ts";

/** A function to minimize: returns f(x) and writes ∂f/∂x into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/** How {@linkcode minimize} runs. */
export interface MinimizeOptions {
  /** Stop once the largest |∂f/∂xᵢ| is at most this. Default 1e-8. */
  readonly tolerance?: number;
  /** Default 5,000. */
  readonly maxIterations?: number;
  /** How many past steps approximate the curvature. Default 10. */
  readonly memory?: number;
  /** Multiplications that one evaluation takes, so that cheap ones need not each let waiting messages in. */
  readonly work?: number;
  readonly signal?: AbortSignal;
}

/** Where {@linkcode minimize} ended. */
export interface Minimum {
  x: Float64Array;
  value: number;
  /** The largest |∂f/∂xᵢ|. */
  slope: number;
  iterations: number;
  /** The slope fell below the tolerance, or no step makes the value smaller at double precision. */
  converged: boolean;
}

/** A point with its value and gradient. */
interface Point {
  x: Float64Array;
  f: number;
  g: Float64Array;
}

/**
 * Minimizes `objective` from `start` (Nocedal and Wright, Numerical Optimization, algorithms 7.4, 7.5, 3.5 and 3.6).
 *
 * @throws {CancelledError} Between two iterations, once the signal is aborted.
 * @example
 * ```ts
 * import { minimize } from "./lbfgs.ts";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { x } = await minimize((x, gradient) => {
 *   gradient[0] = 2 * (x[0] - 3);
 *   return (x[0] - 3) ** 2;
 * }, Float64Array.of(0));
 * assertAlmostEquals(x[0], 3, 1e-8);
 * ```
 */
export async function minimize(
  objective: Objective,
  start: Float64Array,
  options: MinimizeOptions = {},
): Promise<Minimum> {
  const { tolerance = 1e-8, maxIterations = 5000, memory = 10, work = Infinity, signal } = options;
  let done = 0;
  const evaluate = (x: Float64Array): Point => {
    done += work;
    const g = new Float64Array(x.length);
    return { x, f: objective(x, g), g };
  };
  const pairs: Pair[] = [];
  let here = evaluate(start.slice());
  let iterations = 0;
  for (; iterations < maxIterations; iterations++) {
    if (largest(here.g) <= tolerance) break;
    await breatheAfter(done, signal);
    done = 0;
    let direction = descent(here.g, pairs);
    if (!(inner(direction, here.g) < 0)) {
      pairs.length = 0;
      direction = here.g.map((value) => -value);
    }
    // Near the minimum f, a sum of thousands of terms, rounds before its slope does: there only the slope can tell (Hager and Zhang 2005, approximate Wolfe).
    const rounding = 1e-14 * Math.abs(here.f);
    const first = pairs.length ? 1 : Math.min(1, 1 / norm(here.g));
    let next = lineSearch(evaluate, here, direction, first, rounding);
    if (!next && pairs.length) {
      // The curvature is stale at this precision: try once along the plain gradient.
      pairs.length = 0;
      direction = here.g.map((value) => -value);
      next = lineSearch(evaluate, here, direction, 1 / norm(here.g), rounding);
    }
    if (!next) return result(here, iterations, true);
    remember(pairs, here, next, memory);
    here = next;
  }
  return result(here, iterations, largest(here.g) <= tolerance);
}

function result({ x, f, g }: Point, iterations: number, converged: boolean): Minimum {
  return { x, value: f, slope: largest(g), iterations, converged };
}

/** One past step s = x' − x with y = g' − g and ρ = 1/(yᵀs). */
interface Pair {
  s: Float64Array;
  y: Float64Array;
  rho: number;
}

function remember(pairs: Pair[], from: Point, to: Point, memory: number): void {
  const [s, y] = [to.x.slice(), to.g.slice()];
  addScaled(s, -1, from.x);
  addScaled(y, -1, from.g);
  const curvature = inner(s, y);
  if (!(curvature > 1e-300)) return;
  pairs.push({ s, y, rho: 1 / curvature });
  if (pairs.length > memory) pairs.shift();
}

/** −H·g by the two-loop recursion. */
function descent(g: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = g.slice();
  const alphas = new Float64Array(pairs.length);
  for (let k = pairs.length - 1; k >= 0; k--) {
    alphas[k] = pairs[k].rho * inner(pairs[k].s, q);
    addScaled(q, -alphas[k], pairs[k].y);
  }
  const last = pairs.at(-1);
  if (last) scale(q, 1 / (last.rho * inner(last.y, last.y)));
  for (let k = 0; k < pairs.length; k++) {
    addScaled(q, alphas[k] - pairs[k].rho * inner(pairs[k].y, q), pairs[k].s);
  }
  scale(q, -1);
  return q;
}

/** A step along `direction` that satisfies the strong Wolfe conditions, or undefined when none makes f smaller. */
function lineSearch(
  evaluate: (x: Float64Array) => Point,
  from: Point,
  direction: Float64Array,
  first: number,
  rounding: number,
): Point | undefined {
  const slope0 = inner(from.g, direction);
  const at = (step: number) => {
    const x = from.x.slice();
    addScaled(x, step, direction);
    const point = evaluate(x);
    return { step, point, slope: inner(point.g, direction) };
  };
  const tooHigh = (trial: ReturnType<typeof at>) =>
    !(trial.point.f <= from.f + 1e-4 * trial.step * slope0 + rounding);
  const flat = (trial: ReturnType<typeof at>) => Math.abs(trial.slope) <= -0.9 * slope0;

  let low = { step: 0, point: from, slope: slope0 };
  let trial = at(first);
  let high: typeof trial | undefined;
  for (let k = 0; k < 60; k++) {
    if (tooHigh(trial) || trial.point.f > low.point.f + rounding) {
      high = trial;
    } else {
      if (flat(trial)) return trial.point;
      if (trial.slope * ((high?.step ?? Infinity) - low.step) >= 0) high = low;
      low = trial;
    }
    trial = at(high ? between(low, high) : 2 * low.step);
    if (high && Math.abs(high.step - low.step) <= 1e-14 * Math.abs(high.step)) break;
  }
  return low.point.f < from.f ? low.point : undefined;
}

/** The minimizer of the parabola through f(low), f'(low), f(high), kept away from both ends. */
function between(
  low: { step: number; point: Point; slope: number },
  high: { step: number; point: Point },
): number {
  const width = high.step - low.step;
  const bend = 2 * (high.point.f - low.point.f - low.slope * width);
  const share = -low.slope * width / bend;
  return low.step + width * (share > 0.1 && share < 0.9 ? share : 0.5);
}

/** In four sums, which need not wait for one another. */
function inner(a: Float64Array, b: Float64Array): number {
  const last = a.length - a.length % 4;
  let [p, q, r, s] = [0, 0, 0, 0];
  for (let i = 0; i < last; i += 4) {
    p += a[i] * b[i];
    q += a[i + 1] * b[i + 1];
    r += a[i + 2] * b[i + 2];
    s += a[i + 3] * b[i + 3];
  }
  for (let i = last; i < a.length; i++) p += a[i] * b[i];
  return (p + q) + (r + s);
}

function norm(a: Float64Array): number {
  return Math.sqrt(inner(a, a)) || 1;
}

function largest(a: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const size = Math.abs(a[i]);
    // What is not a number is larger than anything.
    if (!(size <= most)) most = size;
  }
  return most;
}

function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= factor;
}

function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  const last = a.length - a.length % 4;
  for (let i = 0; i < last; i += 4) {
    a[i] += factor * b[i];
    a[i + 1] += factor * b[i + 1];
    a[i + 2] += factor * b[i + 2];
    a[i + 3] += factor * b[i + 3];
  }
  for (let i = last; i < a.length; i++) a[i] += factor * b[i];
}
