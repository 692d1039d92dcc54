/** From a scan to a volume of voxels of equal edges, as models see it. */

import { FormatError, InputError } from "../errors.ts";
import { placeOf, spacingOf, type Volume, voxelOf } from "../formats/volume.ts";
import { concatRows, type Images } from "../tensor.ts";
import { type ValueRange, valueRangeText } from "./value_range.ts";
import { crop, orientToRas, resample, scaleIntensity, sliceOf } from "./volume_transform.ts";

/** Which values of volumes are black and white unless others are asked for. */
export const USUAL_RANGE: ValueRange = { kind: "percentiles", from: 0.5, to: 99.5 };

/** A volume with its intensities in [-1, 1]. */
export function scaledTo(volume: Volume, range: ValueRange = USUAL_RANGE): Volume {
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

/** A scan that is even: oriented to RAS, with voxels of one length, in [-1, 1]; and what has to be told about it. */
export interface EvenScan {
  /** The scan itself. */
  readonly volume: Volume;
  /** As "12 × 10 × 8 voxels of 2 × 2 × 4 mm, resampled to 2 mm; percentiles 0.5 to 99.5". */
  readonly taken: string;
  /** What was assumed, or interpolated. */
  readonly warning?: string;
}

/** Voxels longer than so many of those that are made of them are told. */
const COARSE = 2;

/**
 * Turns a scan to RAS, resamples it and scales its intensities.
 *
 * @param spacing Edge of a voxel, mm.
 * @param range {@linkcode USUAL_RANGE} by default.
 * @throws {FormatError} When it has several volumes or a single slice.
 */
export function evenScan(scan: Volume, spacing: number, range = USUAL_RANGE): EvenScan {
  if (scan.channels > 1) {
    throw new FormatError(`It holds ${scan.channels} volumes, expected one`);
  }
  if (scan.size.includes(1)) {
    throw new FormatError(`It has ${scan.size.join(" × ")} voxels: a single slice is no volume`);
  }
  const old = spacingOf(scan);
  const coarse = Math.max(...old);
  const warning = [
    scan.warning,
    coarse > COARSE * spacing &&
    `its voxels are up to ${shortly(coarse)} mm long: what lies between is interpolated`,
  ].filter(Boolean).join("; ");
  return {
    volume: scaledTo(resample(orientToRas(scan), [spacing, spacing, spacing]), range),
    taken: `${scan.size.join(" × ")} voxels of ${old.map(shortly).join(" × ")} mm, resampled to ` +
      `${shortly(spacing)} mm; ${valueRangeText(range)}`,
    ...warning && { warning },
  };
}

const shortly = (mm: number) => String(+mm.toFixed(2));

/** A cube of a scan, as an image. */
export interface Cube {
  /** `[1, 1, side, side, side]`: slices are sagittal, from the patient's left to the right, up is up and front is on the left. */
  readonly images: Images;
  /** Where voxel (column, row, slice, 1) lies, in mm. */
  readonly affine: number[];
}

/**
 * Cuts a cube out of a scan, black beyond its edge.
 *
 * @param side In voxels.
 * @param center Where its middle is, in mm to the right, front and up; the middle of the scan by default.
 * @throws {InputError} When that lies outside of the scan.
 */
export function cubeAt({ volume }: EvenScan, side: number, center?: readonly number[]): Cube {
  const middle = center
    ? voxelOf(volume, center).map((at) => at + 0.5)
    : volume.size.map((length) => length / 2);
  if (middle.some((at, axis) => !(at >= 0 && at <= volume.size[axis]))) {
    const ends = [placeOf(volume, [0, 0, 0]), placeOf(volume, volume.size.map((n) => n - 1))];
    throw new InputError(
      `Cannot cut out a cube: expected a center from [${ends[0].map(shortly)}] to [${
        ends[1].map(shortly)
      }] mm, current is [${center!.map(shortly)}]`,
      ["center"],
    );
  }
  const start = middle.map((at) => Math.floor(at - side / 2));
  const cube = crop(volume, start, start.map((first) => first + side), -1);
  const { data } = concatRows(
    Array.from({ length: side }, (_, x) => sliceOf(cube, "sagittal", x)),
  );
  return { images: { shape: [1, 1, side, side, side], data }, affine: affineOfSlices(cube, side) };
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
