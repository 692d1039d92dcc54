/** From a scan to the cubes that a data set keeps of it. */

import { concatRows, FormatError, InputError } from "@countergrade/countergrade";
import { placeOf, type Volume } from "@countergrade/countergrade/formats";
import { boxAround, cubeAt, evenScan, type SourceImages } from "@countergrade/countergrade/images";
import type { CubeSource, Item, VolumeSource } from "./source.ts";

/**
 * The cube around the middle of a scan.
 *
 * @throws {FormatError} When it has several volumes or a single slice.
 */
export function readVolume(
  { imageShape: [, side], spacing, intensity, item }: VolumeSource,
  scan: Volume,
): SourceImages<Item> & { readonly channels: number } {
  const even = evenScan(scan, spacing, intensity);
  const { images, affine } = cubeAt(even, side);
  const taken = `${even.taken}; ${side} voxels each way around the middle`;
  return { images, channels: 1, items: [{ ...item, taken, warning: even.warning, affine }] };
}

/**
 * Cubes of a scan, each around a structure of its mask or a place.
 *
 * @throws {FormatError} When the mask has other voxels than the scan, or none of the cubes can be cut out.
 */
export function readCubes(
  { imageShape: [, side], spacing, intensity, cubes, mask: name }: CubeSource,
  scan: Volume,
  mask?: Volume,
): SourceImages<Item> & { readonly channels: number } {
  if (mask && mask.size.join() !== scan.size.join()) {
    throw new FormatError(
      `The mask "${name}" has ${mask.size.join(" × ")} voxels, expected ${scan.size.join(" × ")}`,
    );
  }
  const even = evenScan(scan, spacing, intensity);
  const missing: string[] = [];
  const found = cubes.flatMap(({ item, structure, center }) => {
    try {
      const { images, affine } = cubeAt(even, side, center ?? middleOf(mask!, structure, scan));
      const what = structure === undefined
        ? center ? "its center" : "the mask"
        : `structure ${structure}`;
      const taken = `${even.taken}; ${side} voxels each way around ${what}`;
      return [{ images, item: { ...item, taken, warning: even.warning, affine } }];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      missing.push(`${item.id}: ${error.message}`);
      return [];
    }
  });
  if (!found.length) throw new FormatError(missing.join("; "));
  return {
    images: concatRows(found.map(({ images }) => images)),
    items: found.map(({ item }) => item),
    channels: 1,
    missing,
  };
}

/** The middle of a structure, in mm; without a label of whatever the mask holds. @throws {InputError} When there is none. */
function middleOf(mask: Volume, structure: number | undefined, scan: Volume): number[] {
  const marked = structure === undefined
    ? { ...mask, data: mask.data.map((label) => label > 0 ? 1 : 0) }
    : mask;
  const box = boxAround(marked, structure ?? 1, 0);
  if (!box) throw new InputError(`The mask has no voxel of label ${structure ?? "1 or more"}`);
  return placeOf(scan, box.start.map((start, axis) => (start + box.end[axis] - 1) / 2));
}
