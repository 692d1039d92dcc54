/** Functional groups of enhanced objects: what is said of all frames, or of each (PS3.3 C.7.6.16). */

import type { DataSet } from "dicom-parser";

/** Says where to look for a group's values: in the item of a frame, in the shared one, in the file itself. */
export type GroupsOf = (frame: number, sequence: string) => DataSet;

/**
 * Finds groups.
 *
 * @param set The file; it stands in for groups that it has not.
 */
export function groupsOf(set: DataSet): GroupsOf {
  const shared = set.elements.x52009229?.items?.[0]?.dataSet;
  const frames = set.elements.x52009230?.items ?? [];
  const first = (item: DataSet | undefined, sequence: string) =>
    item?.elements[sequence]?.items?.[0]?.dataSet;
  return (frame, sequence) =>
    first(frames[frame]?.dataSet, sequence) ?? first(shared, sequence) ?? set;
}

/** Sequences of groups, by what they hold. */
export const GROUPS = {
  measures: "x00289110",
  position: "x00209113",
  orientation: "x00209116",
  window: "x00289132",
  rescale: "x00289145",
} as const;
