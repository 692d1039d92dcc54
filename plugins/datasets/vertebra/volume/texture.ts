/** Band-limited noise in three axes: random values on a lattice, smoothly interpolated. */

import type { Random } from "@countergrade/countergrade";
import { smooth } from "./body.ts";

/** Draws a texture of about unit variance with cells of `cell` voxels, for places 0 … `size` along each axis. */
export function drawTexture(
  random: Random,
  cell: number,
  size: number,
): (z: number, y: number, x: number) => number {
  const n = Math.ceil(size / cell) + 2;
  const values = random.normals(n ** 3);
  const along = (phase: number) => {
    const first = new Int32Array(size);
    const share = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const place = i / cell + phase;
      first[i] = Math.floor(place);
      share[i] = smooth(place - first[i]);
    }
    return { first, share };
  };
  const [zs, ys, xs] = [along(random.uniform()), along(random.uniform()), along(random.uniform())];
  return (z, y, x) => {
    const at = (zs.first[z] * n + ys.first[y]) * n + xs.first[x];
    const fx = xs.share[x];
    const line = (from: number) => values[from] + (values[from + 1] - values[from]) * fx;
    const plane = (from: number) => {
      const above = line(from);
      return above + (line(from + n) - above) * ys.share[y];
    };
    const near = plane(at);
    return near + (plane(at + n * n) - near) * zs.share[z];
  };
}
