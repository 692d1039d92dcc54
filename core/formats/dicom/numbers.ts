/** Decimal strings of DICOM (PS3.5, 6.2: DS) as numbers. */

import type { DataSet } from "dicom-parser";

/** The first `count` numbers of an element; undefined where there are fewer, or one is no number. */
export function numbersOf(set: DataSet, tag: string, count: number): number[] | undefined {
  const values = Array.from({ length: count }, (_, i) => Number(set.floatString(tag, i) ?? NaN));
  return values.every(Number.isFinite) ? values : undefined;
}
