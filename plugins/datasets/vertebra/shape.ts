/** The outline of a vertebral body in its own frame: x from front (−) to back (+), y from head (−) to foot (+), in pixels. */

/** Heights are compared at this share of the half depth in front of and behind the middle, clear of the rounded corners. */
export const COLUMN = 0.75;

/** The upper end plate gives way more than the lower one. */
export const UPPER_SHARE = 0.76;

/** How much the middle bows in beyond the wedge, as a share of the anterior loss. */
const BOWING = 0.12;

/** The form of one vertebral body; lengths in pixels. */
export interface BodyShape {
  /** Posterior height, which a fracture keeps. */
  readonly height: number;
  readonly halfDepth: number;
  readonly concavity: number;
  /** 1 − anterior/posterior height. */
  readonly heightLoss: number;
}

/** Distances to the outline, positive inside, in pixels. */
export interface Depth {
  /** To the nearest part, corners rounded. */
  edge: number;
  /** To the nearest end plate. */
  plate: number;
  /** To the nearest wall. */
  wall: number;
  /** To the upper end plate. */
  upper: number;
}

/**
 * How far the body's height has come down at `u` (−1 front … 1 back), as a share of the posterior height: a wedge with level
 * ends (all at the anterior column, nothing at the posterior one) and a bow between.
 */
function lossAt(heightLoss: number, u: number): number {
  const s = u / COLUMN;
  if (s <= -1) return heightLoss;
  if (s >= 1) return 0;
  const bow = (1 - s * s) * (1 - s * s);
  return heightLoss * (ramp((1 - s) / 2) + BOWING * bow);
}

/** From 0 to 1, straight but for the ends, which run out level over a quarter each. */
function ramp(t: number): number {
  const end = 0.25;
  const bend = 2 * end * (1 - end);
  if (t < end) return t * t / bend;
  if (t > 1 - end) return 1 - (1 - t) * (1 - t) / bend;
  return (t - end / 2) / (1 - end);
}

/** Where the end plates lie at `u` (−1 front … 1 back): `[upper, lower]` y. */
export function platesAt(shape: BodyShape, u: number): [upper: number, lower: number] {
  const { height, concavity, heightLoss } = shape;
  const s2 = (u * u) / (COLUMN * COLUMN);
  const inside = concavity * (1 - s2) / (1 + s2) - height / 2;
  const loss = lossAt(heightLoss, u) * height;
  return [inside + UPPER_SHARE * loss, -inside - (1 - UPPER_SHARE) * loss];
}

/** Measures how deep `(x, y)` lies in the body; writes to `out` so that a picture does not make thousands of objects. */
export function depthAt(shape: BodyShape, x: number, y: number, out: Depth): void {
  const { halfDepth } = shape;
  const u = Math.max(-1.15, Math.min(1.15, x / halfDepth));
  const [upper, lower] = platesAt(shape, u);
  const [upperNext, lowerNext] = platesAt(shape, u + 0.08);
  const run = 0.08 * halfDepth;
  const above = (y - upper) * run / Math.hypot(run, upperNext - upper);
  const below = (lower - y) * run / Math.hypot(run, lowerNext - lower);
  // The walls are waisted: v runs from −1 at the upper to 1 at the lower end plate.
  const v = Math.max(-1, Math.min(1, (2 * y - upper - lower) / Math.max(1, lower - upper)));
  const waist = 1 - v * v;
  const front = x + halfDepth - 1.3 * waist;
  const back = halfDepth - 0.7 * waist - x;
  out.upper = above;
  out.plate = Math.min(above, below);
  out.wall = Math.min(front, back);
  out.edge = roundedMin(roundedMin(above, below, 0.5), roundedMin(front, back, 0.5), 3.6);
}

/** The lesser of two distances, with a corner of radius about `k`. */
function roundedMin(a: number, b: number, k: number): number {
  const mix = Math.max(0, k - Math.abs(a - b));
  return Math.min(a, b) - mix * mix / (4 * k);
}
