/** Where the voxels of a DICOM file lie in the patient (PS3.3 C.7.6.2). */

import type { DataSet } from "dicom-parser";
import { affineOf, assumed, checkedAffine, fromLps, type Volume } from "../volume.ts";
import { GROUPS, type GroupsOf } from "./groups.ts";
import { numbersOf } from "./numbers.ts";

/**
 * The affine in RAS, and what had to be assumed for it. Rows run along j, columns along i; PixelSpacing gives the distance of rows
 * first.
 */
export function placeFrom(
  set: DataSet,
  groups: GroupsOf,
  frames: number,
): Pick<Volume, "affine" | "warning"> {
  const measures = groups(0, GROUPS.measures);
  const spacing = [numbersOf(measures, "x00280030", 2), numbersOf(set, "x00181164", 2)]
    .find((mm) => mm?.every((length) => length > 0));
  const [down, across] = spacing ?? [1, 1];
  const told = numbersOf(groups(0, GROUPS.orientation), "x00200037", 6);
  // Some secondary captures say 0 in all places.
  const directions = told?.some((cosine) => cosine !== 0) ? told : undefined;
  const [a, b, c, d, e, f] = directions ?? [1, 0, 0, 0, 1, 0];
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
  const placeOf = (frame: number) => numbersOf(groups(frame, GROUPS.position), "x00200032", 3);
  const origin = placeOf(0) ?? [0, 0, 0];
  const last = placeOf(frames - 1) ?? origin;
  const way = last.reduce((sum, mm, axis) => sum + (mm - origin[axis]) * normal[axis], 0);
  const between = numbersOf(measures, "x00180088", 1) ?? numbersOf(measures, "x00180050", 1) ?? [1];
  const apart = frames > 1 && Math.abs(way) > 1e-6 ? way / (frames - 1) : Math.abs(between[0]) || 1;
  return {
    affine: checkedAffine(
      "the DICOM file",
      fromLps(affineOf([[a, b, c], [d, e, f], normal], [across, down, apart], origin)),
    ),
    ...assumed([
      ...directions
        ? []
        : ["without ImageOrientationPatient its axes are taken as left, back and up"],
      ...spacing ? [] : ["without PixelSpacing its pixels are taken as 1 mm"],
    ]),
  };
}
