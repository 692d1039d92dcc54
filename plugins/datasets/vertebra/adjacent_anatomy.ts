/** What a change of grade should leave alone: compares a frame with the phantom that was drawn alike, but for the height loss. */

import { expectShape, type Images } from "@countergrade/countergrade";
import { SIZE } from "./render.ts";
import { type Depth, depthAt } from "./shape.ts";
import { placeSpine } from "./spine.ts";
import type { DrawnMeasures } from "./drawn_measures.ts";

/** How well the surroundings of the central body are kept. Errors in units of the range [-1, 1]. */
export interface AdjacentAnatomy {
  /** Root mean square error of all pixels clear of the central body. */
  readonly rmse: number;
  /** Pearson's r of these pixels. */
  readonly correlation: number;
  /** Root mean square error inside the neighboring bodies. */
  readonly neighborRmse: number;
  /** Pearson's r of the fine texture inside the neighbors: what the mean over 5 × 5 pixels takes away. 1: the same trabeculae. */
  readonly texture: number;
}

/** Pixels this near the central body belong to it, px. */
const CLEAR = 3;
/** Texture is compared this deep inside a body, clear of its cortex, px. */
const DEEP = 4;

/**
 * Compares a frame with the true counterfactual.
 *
 * @param frame Shape `[1, 1, 64, 64]`.
 * @param expected What the frame should show: the phantom with the height loss that the frame has, `[1, 1, 64, 64]`.
 * @param drawn The parameters of `expected`.
 * @throws {TypeError} When a shape differs.
 */
export function compareAdjacentAnatomy(
  frame: Images,
  expected: Images,
  drawn: DrawnMeasures,
): AdjacentAnatomy {
  for (const images of [frame, expected]) {
    expectShape("compare surroundings", images, [1, 1, SIZE, SIZE]);
  }
  const { outside, neighbors, deep } = regionsOf(drawn);
  const pick = (data: Float32Array, places: readonly number[]) => places.map((p) => data[p]);
  const [seen, real] = [frame.data, expected.data];
  return {
    rmse: rootMeanSquare(pick(seen, outside), pick(real, outside)),
    correlation: pearson(pick(seen, outside), pick(real, outside)),
    neighborRmse: rootMeanSquare(pick(seen, neighbors), pick(real, neighbors)),
    texture: pearson(pick(fine(seen), deep), pick(fine(real), deep)),
  };
}

/** Places of pixels clear of the central body at any height loss, inside the neighbors, and deep inside them. */
function regionsOf(drawn: DrawnMeasures) {
  const spine = placeSpine(drawn);
  const middle = Math.floor(spine.length / 2);
  const depth: Depth = { edge: 0, plate: 0, wall: 0, upper: 0 };
  const edgeOf = (level: number, px: number, py: number) => {
    const { shape, x, y, angle, scale } = spine[level];
    const [dx, dy] = [px + 0.5 - x, py + 0.5 - y];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const whole = level === middle ? { ...shape, heightLoss: 0 } : shape;
    depthAt(whole, (dx * cos + dy * sin) / scale, (dy * cos - dx * sin) / scale, depth);
    return depth.edge;
  };
  const regions = { outside: [], neighbors: [], deep: [] } as Record<string, number[]>;
  for (let p = 0; p < SIZE * SIZE; p++) {
    const [px, py] = [p % SIZE, Math.floor(p / SIZE)];
    if (edgeOf(middle, px, py) > -CLEAR) continue;
    regions.outside.push(p);
    const beside = Math.max(edgeOf(middle - 1, px, py), edgeOf(middle + 1, px, py));
    if (beside > 0) regions.neighbors.push(p);
    if (beside > DEEP) regions.deep.push(p);
  }
  return regions;
}

/** An image without its mean over 5 × 5 pixels; borders are continued. */
function fine(data: Float32Array): Float32Array {
  const clamp = (place: number) => Math.min(SIZE - 1, Math.max(0, place));
  return data.map((value, p) => {
    const [x, y] = [p % SIZE, Math.floor(p / SIZE)];
    let sum = 0;
    for (let dy = -2; dy <= 2; dy++) {
      for (let dx = -2; dx <= 2; dx++) sum += data[clamp(y + dy) * SIZE + clamp(x + dx)];
    }
    return value - sum / 25;
  });
}

function rootMeanSquare(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
