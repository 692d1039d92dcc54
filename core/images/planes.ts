/** Volumes as pictures: the planes through a point beside each other, one plane, or all slices. */

import { InputError } from "../errors.ts";
import { type Images, sizeOf, zeros } from "../tensor.ts";

/** Volumes `[n, c, d, h, w]` as images `[n, c·d, h, w]` on the same memory, for what goes slice by slice; images as they are. */
export function slicesAsChannels(images: Images): Images {
  if (images.shape.length !== 5) return images;
  const [n, c, d, h, w] = images.shape;
  return { shape: [n, c * d, h, w], data: images.data };
}

/** Volumes `[n, c, d, h, w]` as pictures `[n, c, d·h, w]` on the same memory: all slices, one below the other. */
export function sheetOf({ shape: [n, c, d, h, w], data }: Images): Images {
  return { shape: [n, c, d * h, w], data };
}

/** Black voxels between two planes. */
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

/** What a plane is across. */
export type VolumeAxis = keyof Crosshair;

/**
 * A plane `[n, c, rows, columns]` of volumes `[n, c, d, h, w]`: a slice as it is, `[h, w]`; a row as seen from above, `[d, w]`; a column
 * as seen from the side, `[h, d]`.
 *
 * @throws {InputError} At `index`, when there is no such plane.
 * @example
 * ```ts
 * import { zeros } from "@countergrade/countergrade";
 * import { planeOf } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(planeOf(zeros([2, 1, 4, 5, 6]), "row", 3).shape, [2, 1, 4, 6]);
 * ```
 */
export function planeOf(volumes: Images, axis: VolumeAxis, index: number): Images {
  const [n, c, d, h, w] = volumes.shape;
  const { of, size: [height, width], at } = PLANES[axis]([d, h, w], index);
  if (!Number.isInteger(index) || index < 0 || index >= of) {
    throw new InputError(
      `Cannot cut the volume: expected a ${axis} from 0 to ${of - 1}, current is ${index}`,
      ["index"],
    );
  }
  const out = zeros([n, c, height, width]);
  const size = sizeOf([d, h, w]);
  let to = 0;
  for (let from = 0; from < volumes.data.length; from += size) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) out.data[to++] = volumes.data[from + at(y, x)];
    }
  }
  return out;
}

/** Of each plane: how many there are, its rows and columns, and where its voxel lies in the volume. */
const PLANES: Record<
  VolumeAxis,
  (shape: [number, number, number], index: number) => {
    of: number;
    size: [number, number];
    at(y: number, x: number): number;
  }
> = {
  slice: ([d, h, w], z) => ({ of: d, size: [h, w], at: (y, x) => (z * h + y) * w + x }),
  row: ([d, h, w], y) => ({ of: h, size: [d, w], at: (z, x) => (z * h + y) * w + x }),
  column: ([d, h, w], x) => ({ of: w, size: [h, d], at: (y, z) => (z * h + y) * w + x }),
};

/**
 * What planes across slices, rows and columns are in the patient, sagittal, coronal or axial: the nearest.
 *
 * @param affine Where voxel (column, row, slice, 1) lies, see `Batch.affines`.
 */
export function planeNames(affine: readonly number[]): Record<VolumeAxis, string> {
  const across = (axis: number) => {
    const lengths = [0, 4, 8].map((world) => Math.abs(affine[world + axis]));
    return ["sagittal", "coronal", "axial"][lengths.indexOf(Math.max(...lengths))];
  };
  return { slice: across(2), row: across(1), column: across(0) };
}

/**
 * Pictures `[n, c, h, w]` of images: images as they are, of volumes `[n, c, d, h, w]` three planes, through the middle unless asked
 * otherwise: the slice, to its right the plane across a column, below it that across a row.
 *
 * @example
 * ```ts
 * import { asPictures } from "@countergrade/countergrade/images";
 * import { zeros } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(asPictures(zeros([2, 1, 4, 5, 6])).shape, [2, 1, 5 + 1 + 4, 6 + 1 + 4]);
 * assertEquals(asPictures(zeros([2, 1, 5, 6])).shape, [2, 1, 5, 6]);
 * ```
 */
export function asPictures(images: Images, at: Partial<Crosshair> = {}): Images {
  if (images.shape.length !== 5) return images;
  const [n, c, d, h, w] = images.shape;
  const middle = (length: number) => Math.floor(length / 2);
  const out = zeros([n, c, h + GAP + d, w + GAP + d]);
  out.data.fill(-1);
  put(out, planeOf(images, "slice", at.slice ?? middle(d)), 0, 0);
  put(out, planeOf(images, "column", at.column ?? middle(w)), 0, w + GAP);
  put(out, planeOf(images, "row", at.row ?? middle(h)), h + GAP, 0);
  return out;
}

/** Writes pictures over a part of others. */
function put(out: Images, { shape: [n, c, h, w], data }: Images, top: number, left: number) {
  const [, , height, width] = out.shape;
  for (let plane = 0; plane < n * c; plane++) {
    for (let y = 0; y < h; y++) {
      const from = (plane * h + y) * w;
      out.data.set(
        data.subarray(from, from + w),
        (plane * height + top + y) * width + left,
      );
    }
  }
}
