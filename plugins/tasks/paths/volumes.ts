/** The volumes of a path as files: those that other programs open beside the scan, and pictures of all slices. */

import {
  type Images,
  type JobContext,
  type PathRecord,
  row,
  tensor,
} from "@countergrade/countergrade";
import { writeNifti } from "@countergrade/countergrade/formats";
import { planeNames, sheetOf, toPng } from "@countergrade/countergrade/images";
import { z } from "zod";
import type { Differences } from "./differences.ts";

/** How a volume can be looked at slice by slice. */
export const VolumeSchema = z.object({
  sheet: z.string().describe("PNG of all slices, one below the other; a blob name").meta({
    blob: "image",
  }),
  depth: z.int().describe("How many slices"),
  planes: z.record(z.enum(["slice", "row", "column"]), z.string()).optional().describe(
    "Whether a slice, and the planes across a row and a column, are sagittal, coronal or axial, where that is known",
  ),
}).meta({ apiType: "Volume" });

/** What is stored of a volume to look at. */
export type StoredVolume = z.infer<typeof VolumeSchema>;

/** Stores the slices of volumes `[n, c, d, h, w]`, one for each; nothing of pictures. */
export async function storeSlices(
  job: JobContext,
  volumes: Images,
  affine?: readonly number[],
): Promise<StoredVolume[]> {
  const [n, , depth] = volumes.shape;
  if (volumes.shape.length !== 5) return [];
  const planes = affine && planeNames(affine);
  const sheets = sheetOf(volumes);
  return await Promise.all(
    Array.from({ length: n }, async (_, i) => ({
      sheet: await job.saveBlob(toPng(sheets, i), "png"),
      depth,
      ...planes && { planes },
    })),
  );
}

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
