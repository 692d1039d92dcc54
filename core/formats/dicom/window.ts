/** Windows and tables of interest: which modality values a screen shows, from black to white (PS3.3 C.11.2). */

import type { DataSet } from "dicom-parser";
import { GROUPS, type GroupsOf } from "./groups.ts";
import { lookedUp, type LookupTable, lookupTable } from "./lookup.ts";
import { numbersOf } from "./numbers.ts";

/** How a window's edges are meant (PS3.3 C.11.2.1.2, C.11.2.1.3). */
export type WindowFunction = "LINEAR" | "LINEAR_EXACT" | "SIGMOID";

/** A window in modality values. */
export interface DicomWindow {
  readonly center: number;
  readonly width: number;
  /** `LINEAR` by default. */
  readonly function?: WindowFunction;
}

/** The first window that a file proposes for a frame. */
export function proposedWindow(groups: GroupsOf, frame = 0): DicomWindow | undefined {
  const group = groups(frame, GROUPS.window);
  const center = numbersOf(group, "x00281050", 1)?.[0];
  const width = numbersOf(group, "x00281051", 1)?.[0];
  if (center === undefined || width === undefined || !(width > 0)) return undefined;
  const named = group.string("x00281056")?.trim().toUpperCase();
  // A width of less than 1 has no meaning in steps of whole numbers.
  const exact = named === "LINEAR_EXACT" || width < 1;
  if (named === "SIGMOID") return { center, width, function: named };
  return exact ? { center, width, function: "LINEAR_EXACT" } : { center, width };
}

/** The table that a file proposes instead of a window. */
export function proposedTable(set: DataSet, signed: boolean): LookupTable | undefined {
  return lookupTable(set, "x00283010", signed);
}

/** From a modality value to what is shown, -1 black to 1 white. */
export type Shown = (value: number) => number;

/** Shows values by a window. */
export function byWindow({ center, width, function: named }: DicomWindow): Shown {
  if (named === "SIGMOID") return (x) => 2 / (1 + Math.exp(-4 * (x - center) / width)) - 1;
  if (named === "LINEAR_EXACT") return between(center - width / 2, width);
  return between(center - 0.5 - (width - 1) / 2, width - 1);
}

/** Shows values by a table. */
export function byTable(table: LookupTable): Shown {
  const most = 2 ** table.bits - 1;
  return (x) => 2 * lookedUp(table, x) / most - 1;
}

/** Shows values from the least to the greatest of `data`; those that `mask` marks do not count. */
export function byRange(data: Float32Array, mask?: Uint8Array): Shown {
  const [low, high] = extremesOf(data, mask);
  return between(low, high - low);
}

/** The least and the greatest of `data`; those that `mask` marks do not count. */
export function extremesOf(data: Float32Array, mask?: Uint8Array): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    if (mask?.[i] || !Number.isFinite(data[i])) continue;
    if (data[i] < low) low = data[i];
    if (data[i] > high) high = data[i];
  }
  return [low, high];
}

/** The values that a window shows black and white; where it has no edges those one width apart. */
export function edgesOf({ center, width }: DicomWindow): [low: number, high: number] {
  return [center - width / 2, center + width / 2];
}

/** A straight line over `span`; without a span a threshold. What is no number is black. */
function between(low: number, span: number): Shown {
  return (x) => {
    const y = span > 0 ? 2 * (x - low) / span - 1 : x > low ? 1 : -1;
    return y > -1 ? Math.min(1, y) : -1;
  };
}
