/** The volumes of a path as files that other programs open beside the scan. */

import { type Images, type PathRecord, row, tensor } from "@countergrade/countergrade";
import { writeNifti } from "@countergrade/countergrade/formats";
import type { Differences } from "./differences.ts";

/** Voxels of a millimeter, for volumes that do not say where they lie. */
const UNKNOWN = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Said where volumes do not say where they lie. */
export function placeWarning(
  { shape }: Images,
  affine: readonly number[] | undefined,
): string[] {
  return shape.length === 5 && !affine
    ? ["The data set does not say where its volumes lie: the NIfTI files have voxels of 1 mm"]
    : [];
}

/**
 * `original.nii.gz`, `reconstruction.nii.gz`, and of every frame `frame-<i>.nii.gz` and `difference-<i>.nii.gz`, frame − reconstruction, all
 * in intensity from −1 to 1; nothing for pictures.
 */
export function pathVolumes(
  { original, reconstruction, frames }: PathRecord,
  { values }: Differences,
  affine: readonly number[] = UNKNOWN,
): Record<string, Uint8Array> {
  const [, ...shape] = original.shape;
  if (shape.length !== 4) return {};
  const file = ({ data }: { readonly data: Float32Array }) =>
    writeNifti(tensor(shape, data), affine);
  return {
    "original.nii.gz": file(original),
    "reconstruction.nii.gz": file(reconstruction),
    ...Object.fromEntries(
      Array.from({ length: frames.shape[0] }, (_, i) => [
        [`frame-${i}.nii.gz`, file(row(frames, i))],
        [`difference-${i}.nii.gz`, file(row(values, i))],
      ]).flat(),
    ),
  };
}
