/** From a scan to a volume of voxels of equal edges, as a data set keeps it. */

import { concatRows, FormatError } from "@countergrade/countergrade";
import { placeOf, spacingOf, type Volume } from "@countergrade/countergrade/formats";
import {
  crop,
  orientToRas,
  resample,
  scaleIntensity,
  sliceOf,
  type SourceImages,
  type ValueRange,
  valueRangeText,
} from "@countergrade/countergrade/images";
import type { Item, VolumeSource } from "./source.ts";

/** Which values of volumes are black and white unless others are asked for. */
export const USUAL_RANGE: ValueRange = { kind: "percentiles", from: 0.5, to: 99.5 };

/** A volume with its intensities in [-1, 1]. */
export function scaledTo(volume: Volume, range: ValueRange): Volume {
  if (range.kind !== "window") {
    return scaleIntensity(volume, range.kind === "full" ? [0, 100] : [range.from, range.to]);
  }
  const { center, width } = range;
  const data = volume.data.map((value) => {
    const shown = 2 * (value - center) / width;
    return shown > -1 ? Math.min(1, shown) : -1;
  });
  return { ...volume, data };
}

/**
 * Orients a scan to RAS, resamples it, scales its intensities and takes the cube around its middle, black beyond the scan. Slices are
 * sagittal, from the patient's left to the right, up is up and front is on the left. What the scan does not say of its place, and voxels
 * much longer than those that are made of them, are told.
 *
 * @throws {FormatError} When it has several volumes or a single slice.
 */
export function readVolume(
  { imageShape: [, side], spacing, intensity, item }: VolumeSource,
  scan: Volume,
): SourceImages<Item> & { readonly channels: number } {
  if (scan.channels > 1) {
    throw new FormatError(`It holds ${scan.channels} volumes, expected one`);
  }
  if (scan.size.includes(1)) {
    throw new FormatError(
      `It has ${scan.size.join(" × ")} voxels: a single slice is no volume`,
    );
  }
  const range = intensity ?? USUAL_RANGE;
  const even = scaledTo(resample(orientToRas(scan), [spacing, spacing, spacing]), range);
  const start = even.size.map((length) => Math.floor((length - side) / 2));
  const cube = crop(even, start, start.map((first) => first + side), -1);
  const images = concatRows(
    Array.from({ length: side }, (_, x) => sliceOf(cube, "sagittal", x)),
  );
  const taken = `${scan.size.join(" × ")} voxels of ${mmText(spacingOf(scan))} mm, resampled to ` +
    `${spacing} mm, ${side} each way around the middle; ${valueRangeText(range)}`;
  return {
    images: { shape: [1, 1, side, side, side], data: images.data },
    channels: 1,
    items: [{ ...item, taken, ...warningOf(scan, spacing), affine: affineOfSlices(cube, side) }],
  };
}

const mmText = (spacing: readonly number[]) => spacing.map((mm) => +mm.toFixed(2)).join(" × ");

/** Voxels longer than so many of those that are made of them are told. */
const COARSE = 2;

function warningOf(scan: Volume, spacing: number): Pick<Item, "warning"> {
  const coarse = Math.max(...spacingOf(scan));
  const warning = [
    scan.warning,
    coarse > COARSE * spacing &&
    `its voxels are up to ${+coarse.toFixed(2)} mm long: what lies between is interpolated`,
  ].filter(Boolean).join("; ");
  return warning ? { warning } : {};
}

/** Where voxel (column, row, slice) lies: columns run to the back, rows downwards, slices to the right. */
function affineOfSlices(cube: Volume, side: number): number[] {
  const { affine } = cube;
  const corner = placeOf(cube, [0, side - 1, side - 1]);
  const rows = [0, 1, 2].flatMap((row) => [
    -affine[4 * row + 1],
    -affine[4 * row + 2],
    affine[4 * row],
    corner[row],
  ]);
  return [...rows, 0, 0, 0, 1];
}
