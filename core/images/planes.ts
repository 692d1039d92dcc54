/** Volumes as pictures: the planes through a point, side by side. */

import { type Images, sizeOf, zeros } from "../tensor.ts";

/** Volumes `[n, c, d, h, w]` as images `[n, c·d, h, w]` on the same memory, for what goes slice by slice; images as they are. */
export function slicesAsChannels(images: Images): Images {
  if (images.shape.length !== 5) return images;
  const [n, c, d, h, w] = images.shape;
  return { shape: [n, c * d, h, w], data: images.data };
}

/** White voxels between two planes. */
const GAP = 1;

/** A place in a volume, by slice, row and column. */
export interface Crosshair {
  /** Along the depth, from 0. */
  readonly slice: number;
  /** From the top, from 0. */
  readonly row: number;
  /** From the left, from 0. */
  readonly column: number;
}

/**
 * Pictures `[n, c, h, w]` of images: images as they are, of volumes `[n, c, d, h, w]` three planes side by side, through the middle
 * unless asked otherwise: the slice, then what is seen from above (`d × w`), then from the front (`h × d`).
 *
 * @example
 * ```ts
 * import { asPictures } from "./planes.ts";
 * import { zeros } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(asPictures(zeros([2, 1, 4, 5, 6])).shape, [2, 1, 5, 6 + 1 + 6 + 1 + 4]);
 * assertEquals(asPictures(zeros([2, 1, 5, 6])).shape, [2, 1, 5, 6]);
 * ```
 */
export function asPictures(images: Images, at: Partial<Crosshair> = {}): Images {
  if (images.shape.length !== 5) return images;
  const [n, c, d, h, w] = images.shape;
  const middle = (length: number) => Math.floor(length / 2);
  const { slice = middle(d), row = middle(h), column = middle(w) } = at;
  const [height, width] = [Math.max(d, h), w + GAP + w + GAP + d];
  const out = zeros([n, c, height, width]);
  out.data.fill(1);
  const size = sizeOf([d, h, w]);
  for (let plane = 0; plane < n * c; plane++) {
    const voxel = (z: number, y: number, x: number) =>
      images.data[plane * size + (z * h + y) * w + x];
    const put = (left: number, rows: number, columns: number, from: typeof flat) => {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          out.data[(plane * height + y) * width + left + x] = voxel(...from(y, x));
        }
      }
    };
    const flat = (y: number, x: number): [number, number, number] => [slice, y, x];
    put(0, h, w, flat);
    put(w + GAP, d, w, (z, x) => [z, row, x]);
    put(2 * (w + GAP), h, d, (y, z) => [z, y, column]);
  }
  return out;
}
