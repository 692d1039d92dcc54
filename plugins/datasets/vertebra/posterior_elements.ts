/** The posterior elements of a vertebra: pedicle, articular processes and spinous process, as soft tapered bars. */

import type { BodyShape } from "./shape.ts";

/** A thick line with round ends; lengths in pixels. */
interface Bar {
  /** Ends and the radius at each. */
  readonly from: readonly [x: number, y: number, radius: number];
  readonly to: readonly [x: number, y: number, radius: number];
  /** What it adds to the density where it is thickest. */
  readonly density: number;
  /** Over how many pixels its edge fades. */
  readonly soft: number;
}

/** The arch of a body, in the body's frame. */
export function posteriorElements({ height: h, halfDepth: w }: BodyShape): Bar[] {
  return [
    // pedicle, from the upper half of the posterior wall
    { from: [w - 2, -0.24 * h, 4.2], to: [w + 6, -0.2 * h, 3.2], density: 0.2, soft: 1.2 },
    // superior and inferior articular process
    { from: [w + 7, -0.1 * h, 3.4], to: [w + 7, -0.6 * h, 1.6], density: 0.12, soft: 1.5 },
    { from: [w + 7, -0.15 * h, 3.2], to: [w + 11, 0.52 * h, 2.2], density: 0.13, soft: 1.5 },
    // spinous process, thicker to its end
    { from: [w + 11, 0.05 * h, 2.6], to: [w + 25, 0.34 * h, 5.2], density: 0.12, soft: 2.6 },
  ];
}

/** The density that the bars add at `(x, y)`. */
export function posteriorDensity(bars: readonly Bar[], x: number, y: number): number {
  let density = 0;
  for (const { from, to, density: most, soft } of bars) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const along = ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy);
    const t = Math.max(0, Math.min(1, along));
    const [ex, ey] = [x - from[0] - t * dx, y - from[1] - t * dy];
    const depth = from[2] + t * (to[2] - from[2]) - Math.sqrt(ex * ex + ey * ey);
    if (depth <= -soft) continue;
    const s = Math.min(1, (depth + soft) / (2 * soft));
    const rim = Math.exp(-(depth - 1) * (depth - 1) / 1.5);
    // Overlapping shadows add up, as attenuation does, but not without end.
    density += most * s * s * (3 - 2 * s) * (0.85 + 0.25 * rim) * (1 - 2 * density);
  }
  return density;
}
