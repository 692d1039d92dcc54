/** Writing NIfTI: what other programs open beside the scan that a volume was made of. */

import { gzipSync } from "fflate";
import { sizeOf, type Tensor } from "../tensor.ts";

/** Bytes of the header of version 1, with the four that say that no extension follows. */
const HEADER = 352;

/**
 * A volume `[c, d, h, w]` as `.nii.gz` of float32: columns are its first axis, rows the second, slices the third, channels the fifth.
 *
 * @param affine `[4, 4]`, row by row: where the center of voxel (column, row, slice, 1) lies, in mm, see `Volume.affine`.
 * @throws {TypeError} When the shape is not that of one volume.
 * @example
 * ```ts
 * import { readNifti, writeNifti } from "@countergrade/countergrade/formats";
 * import { tensor } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 *
 * const affine = [2, 0, 0, -10, 0, 2, 0, 0, 0, 0, 3, 5, 0, 0, 0, 1];
 * const file = writeNifti(tensor([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]), affine);
 * const read = await readNifti(file);
 * assertEquals(read.size, [3, 2, 1]);
 * assertEquals(read.affine, affine);
 * ```
 */
export function writeNifti(
  { shape, data }: Tensor,
  affine: readonly number[],
): Uint8Array<ArrayBuffer> {
  if (shape.length !== 4 || affine.length !== 16) {
    throw new TypeError(
      `Cannot write a NIfTI file: expected a volume [c, d, h, w] and 16 numbers of an affine, current are [${
        shape.join(", ")
      }] and ${affine.length}`,
    );
  }
  const [channels, d, h, w] = shape;
  const bytes = new Uint8Array(HEADER + 4 * sizeOf(shape));
  const view = new DataView(bytes.buffer);
  const shorts = (at: number, values: readonly number[]) =>
    values.forEach((value, i) => view.setInt16(at + 2 * i, value, true));
  const floats = (at: number, values: readonly number[]) =>
    values.forEach((value, i) => view.setFloat32(at + 4 * i, value, true));
  view.setInt32(0, 348, true);
  shorts(40, channels === 1 ? [3, w, h, d, 1, 1, 1, 1] : [5, w, h, d, 1, channels, 1, 1]);
  shorts(70, [16, 32]);
  const spacing = [0, 1, 2].map((axis) =>
    Math.hypot(affine[axis], affine[4 + axis], affine[8 + axis])
  );
  floats(76, [1, ...spacing, 1, 1, 1, 1]);
  floats(108, [HEADER, 1, 0]);
  // Millimeters; the sform says where things are in the scanner.
  bytes[123] = 2;
  shorts(252, [0, 1]);
  floats(280, affine.slice(0, 12));
  bytes.set(new TextEncoder().encode("n+1"), 344);
  data.forEach((value, i) => view.setFloat32(HEADER + 4 * i, value, true));
  return new Uint8Array(gzipSync(bytes, { mtime: 0 }));
}
