/** Finds the outline of the body in the middle of an image: end plates by dynamic programming, walls by line fits. */

import { intensityAt, peakOf, type Plane } from "./profile.ts";

/** The trace of an end plate: its y at the columns `first`, `first + 1`, …, and the mean rise in intensity there. */
export interface Trace {
  readonly first: number;
  readonly y: Float32Array;
  /** Intensity per pixel. */
  readonly strength: number;
}

/** Which end plate: going down, the image brightens at the upper and darkens at the lower one. */
export type Plate = "upper" | "lower";

const PLATES = {
  upper: { sign: 1, from: 14, to: 37 },
  lower: { sign: -1, from: 27, to: 51 },
} as const satisfies Record<Plate, { sign: number; from: number; to: number }>;

/** Rows are sampled this densely, per pixel. */
const FINE = 2;

/** Price of a bend of one fine step from column to column, in intensity per pixel. */
const BEND = 0.012;

/** How steeply the intensity changes along `(dx, dy)` at a point, per pixel. */
function steepness(plane: Plane, x: number, y: number, dx: number, dy: number): number {
  return (intensityAt(plane, x + dx, y + dy) - intensityAt(plane, x - dx, y - dy)) / 2;
}

/**
 * Traces an end plate through the columns `first` … `last`: the path that gathers the most steepness and bends little
 * (dynamic programming, at most 45° steep).
 */
export function tracePlate(plane: Plane, plate: Plate, first: number, last: number): Trace {
  const { sign, from, to } = PLATES[plate];
  const steps = (to - from) * FINE + 1;
  const columns = last - first + 1;
  const gain = new Float64Array(columns * steps);
  const came = new Int16Array(columns * steps);
  for (let c = 0; c < columns; c++) {
    for (let s = 0; s < steps; s++) {
      let best = 0;
      if (c > 0) {
        best = -Infinity;
        for (let move = -FINE; move <= FINE; move++) {
          const before = s - move;
          if (before < 0 || before >= steps) continue;
          const value = gain[(c - 1) * steps + before] - BEND * move * move;
          if (value > best) [best, came[c * steps + s]] = [value, before];
        }
      }
      gain[c * steps + s] = best + sign * steepness(plane, first + c, from + s / FINE, 0, 1);
    }
  }
  const y = new Float32Array(columns);
  let s = 0;
  const end = (columns - 1) * steps;
  for (let i = 1; i < steps; i++) if (gain[end + i] > gain[end + s]) s = i;
  let strength = 0;
  for (let c = columns - 1; c >= 0; c--) {
    y[c] = from + s / FINE;
    strength += sign * steepness(plane, first + c, y[c], 0, 1) / columns;
    s = came[c * steps + s];
  }
  return { first, y, strength };
}

/** The trace's y at any x, its ends continued level. */
export function traceAt({ first, y }: Trace, x: number): number {
  const g = Math.min(y.length - 1, Math.max(0, x - first));
  const i = Math.min(y.length - 2, Math.floor(g));
  return y[i] + (y[i + 1] - y[i]) * (g - i);
}

/** The body's own axes in the image. */
export interface Frame {
  /** Half depth between the walls, px. */
  readonly half: number;
  readonly x: number;
  readonly y: number;
  /** Sideways drift of the walls per pixel downwards. */
  readonly lean: number;
  /** The weaker wall's steepness, intensity per pixel. */
  readonly strength: number;
}

/** Walls lie inside the corners by about this much at mid height, px. */
const WAIST = 1;

/** Finds front and back wall between two end plates, with one lean for both. */
export function findWalls(plane: Plane, upper: Trace, lower: Trace): Frame | undefined {
  const middle = (x: number) => (traceAt(upper, x) + traceAt(lower, x)) / 2;
  const reach = (x: number) => (traceAt(lower, x) - traceAt(upper, x)) / 2;
  const last = upper.first + upper.y.length - 1;
  // The pedicle joins the upper half of the back wall: only the lower half shows an edge.
  const front = wallEdges(plane, 1, [8, 23], middle(upper.first), reach(upper.first), -1);
  const back = wallEdges(plane, -1, [32, 49], middle(last), reach(last), 0.1);
  if (!front || !back) return undefined;
  const lean = Math.max(-0.2, Math.min(0.2, (front.xy + back.xy) / (front.yy + back.yy)));
  const y = middle(last);
  const frontX = front.x + lean * (y - front.y);
  const backX = back.x + lean * (y - back.y);
  return {
    half: (backX - frontX) / 2,
    x: (frontX + backX) / 2,
    y,
    lean,
    strength: Math.min(front.strength, back.strength),
  };
}

/** Mean position of a wall's edge points and their second moments, for a line fit. */
interface Wall {
  readonly x: number;
  readonly y: number;
  readonly xy: number;
  readonly yy: number;
  readonly strength: number;
}

/** The steepest point of every row from `middle + start · reach` to near the lower end plate. */
function wallEdges(
  plane: Plane,
  sign: 1 | -1,
  [from, to]: readonly [number, number],
  middle: number,
  reach: number,
  start: number,
): Wall | undefined {
  const points: { x: number; y: number; strength: number }[] = [];
  const span = Math.max(1.5, reach - 2.5);
  for (let y = middle + start * span; y <= middle + span; y += 0.5) {
    const v = (y - middle) / Math.max(1, reach);
    const profile = Float32Array.from(
      { length: (to - from) * FINE + 1 },
      (_, i) => sign * steepness(plane, from + i / FINE, y, 1, 0),
    );
    const peak = peakOf(profile);
    const x = from + peak.at / FINE - sign * WAIST * (1 - v * v);
    points.push({ x, y, strength: peak.value });
  }
  const center = median(points.map(({ x }) => x));
  const kept = points.filter(({ x }) => Math.abs(x - center) < 2.5);
  if (kept.length < 3) return undefined;
  const mean = (of: (point: typeof kept[number]) => number) =>
    kept.reduce((sum, point) => sum + of(point), 0) / kept.length;
  const [x, y] = [mean((p) => p.x), mean((p) => p.y)];
  return {
    x,
    y,
    xy: mean((p) => (p.x - x) * (p.y - y)) * kept.length,
    yy: mean((p) => (p.y - y) ** 2) * kept.length,
    strength: mean((p) => p.strength),
  };
}

/**
 * The end plate on the line at `offset` px behind the center along the body's axis: the steepest point near the trace, as
 * distance from the center (down is positive), px.
 */
export function plateAlong(
  plane: Plane,
  frame: Frame,
  trace: Trace,
  plate: Plate,
  offset: number,
): number {
  const norm = Math.hypot(1, frame.lean);
  const down = { x: frame.lean / norm, y: 1 / norm };
  const base = { x: frame.x + offset * down.y, y: frame.y - offset * down.x };
  // Where the line meets the trace; two rounds are plenty for a leaning line.
  let t = traceAt(trace, base.x) - base.y;
  for (let round = 0; round < 2; round++) {
    t = (traceAt(trace, base.x + t * down.x) - base.y) / down.y;
  }
  const reach = 2.5;
  const step = 0.25;
  const profile = Float32Array.from({ length: 2 * reach / step + 1 }, (_, i) => {
    const at = t - reach + i * step;
    const [x, y] = [base.x + at * down.x, base.y + at * down.y];
    return PLATES[plate].sign * steepness(plane, x, y, down.x, down.y);
  });
  return t - reach + peakOf(profile).at * step;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
