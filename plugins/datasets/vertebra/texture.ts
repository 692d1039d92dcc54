/** Band-limited noise: random values on a lattice, smoothly interpolated. */

import type { Random } from "@countergrade/countergrade";

/** A random function of the plane, about unit variance at the lattice points. */
export interface Texture {
  at(x: number, y: number): number;
}

/**
 * Draws a texture with cells of `cellWidth` × `cellHeight` px that covers `|x| ≤ reachX`, `|y| ≤ reachY`; outside, the edge
 * continues.
 */
export function drawTexture(
  random: Random,
  cell: { width: number; height: number },
  reach: { x: number; y: number },
): Texture {
  const columns = Math.ceil(2 * reach.x / cell.width) + 2;
  const lines = Math.ceil(2 * reach.y / cell.height) + 2;
  const values = random.normals(columns * lines);
  // A random phase keeps the lattice from standing at the same place in every image.
  const [phaseX, phaseY] = [random.uniform(), random.uniform()];
  return {
    at(x, y) {
      const gx = clamp((x + reach.x) / cell.width + phaseX, columns - 1.001);
      const gy = clamp((y + reach.y) / cell.height + phaseY, lines - 1.001);
      const [i, j] = [Math.floor(gx), Math.floor(gy)];
      const [fx, fy] = [fade(gx - i), fade(gy - j)];
      const at = j * columns + i;
      const upper = values[at] + (values[at + 1] - values[at]) * fx;
      const lower = values[at + columns] +
        (values[at + columns + 1] - values[at + columns]) * fx;
      return upper + (lower - upper) * fy;
    },
  };
}

function clamp(value: number, high: number): number {
  return value < 0 ? 0 : value > high ? high : value;
}

/** Smooth from 0 to 1 with level ends. */
function fade(t: number): number {
  return t * t * (3 - 2 * t);
}
