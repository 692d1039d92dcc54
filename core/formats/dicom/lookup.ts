/** Tables that values are looked up in (PS3.3 C.11.1.1, C.11.2.1.1). */

import type { DataSet } from "dicom-parser";

/** A table. */
export interface LookupTable {
  /** The value that the first entry is for; those below have it too, those beyond the last have the last. */
  readonly first: number;
  readonly entries: Uint16Array;
  /** Of an entry. */
  readonly bits: number;
}

/**
 * The first table of a sequence; undefined where there is none, or it is not whole.
 *
 * @param signed Whether the values that are looked up have a sign.
 */
export function lookupTable(set: DataSet, tag: string, signed: boolean): LookupTable | undefined {
  const item = set.elements[tag]?.items?.[0]?.dataSet;
  if (!item?.elements.x00283006) return undefined;
  const count = item.uint16("x00283002", 0) || 65_536;
  const first = (signed ? item.int16("x00283002", 1) : item.uint16("x00283002", 1)) ?? 0;
  const bits = item.uint16("x00283002", 2) ?? 16;
  const { length } = item.elements.x00283006;
  const bytes = length < 2 * count;
  if (!(bits >= 1 && bits <= 16) || length < (bytes ? count : 2 * count)) return undefined;
  const { dataOffset } = item.elements.x00283006;
  const at = (i: number) =>
    bytes ? item.byteArray[dataOffset + i] as number : item.uint16("x00283006", i) ?? 0;
  return { first, bits, entries: Uint16Array.from({ length: count }, (_, i) => at(i)) };
}

/** The entry for a value. */
export function lookedUp({ first, entries }: LookupTable, value: number): number {
  return entries[Math.min(entries.length - 1, Math.max(0, Math.round(value) - first))];
}
