/** From stored values to those of the modality, as Hounsfield units (PS3.3 C.11.1). */

import type { DataSet } from "dicom-parser";
import { GROUPS, type GroupsOf } from "./groups.ts";
import type { PixelLayout } from "./layout.ts";
import { lookedUp, lookupTable } from "./lookup.ts";

/** Turns the stored values of all frames into modality values, in place. */
export function toModality(
  numbers: Float32Array,
  set: DataSet,
  groups: GroupsOf,
  { frames, signed }: PixelLayout,
): void {
  const plane = numbers.length / frames;
  const table = lookupTable(set, "x00283000", signed);
  for (let frame = 0; frame < frames; frame++) {
    const values = numbers.subarray(frame * plane, (frame + 1) * plane);
    if (table) {
      for (let i = 0; i < plane; i++) values[i] = lookedUp(table, values[i]);
      continue;
    }
    const group = groups(frame, GROUPS.rescale);
    const slope = Number(group.floatString("x00281053") ?? 1);
    const intercept = Number(group.floatString("x00281052") ?? 0);
    if (slope === 1 && intercept === 0) continue;
    for (let i = 0; i < plane; i++) values[i] = values[i] * slope + intercept;
  }
}
