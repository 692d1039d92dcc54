/** Further arrays of a `.npz` file: what they say of each image beside its label. */

import { FormatError, type LabelColumn, labelColumn } from "@countergrade/countergrade";
import type { NpyArray } from "@countergrade/countergrade/formats";

/** What every split has, and is no column. */
const KNOWN = ["images", "labels"];

/**
 * The columns that all splits have, as `train_site` `[n]` or `[n, 1]` of numbers; whole ones below 0 and NaN are not known. Arrays of any
 * other shape, as masks, and such as cannot be read are none.
 *
 * @param counts Images, or volumes, by split.
 * @param read Reads an array by its name: of one that may be a column.
 * @param perVolume Images of each row.
 */
export function columnsOf(
  names: readonly string[],
  counts: ReadonlyMap<string, number>,
  read: (key: string) => NpyArray | undefined,
  perVolume = 1,
): LabelColumn[] {
  const [first] = counts.keys();
  const ends = names.filter((name) => name.startsWith(`${first}_`))
    .map((name) => name.slice(first.length + 1))
    .filter((end) => !KNOWN.includes(end));
  return ends.flatMap((end) => {
    const written: Record<string, (string | undefined)[]> = {};
    for (const [split, count] of counts) {
      if (!names.includes(`${split}_${end}`)) return [];
      const array = readable(`${split}_${end}`, read);
      const [n, width = 1, ...deeper] = array?.shape ?? [];
      if (!array || n !== count || width !== 1 || deeper.length) return [];
      const known = array.dtype.startsWith("f") ? Number.isFinite : (value: number) => value >= 0;
      written[split] = Array.from({ length: count * perVolume }, (_, i) => {
        const value = array.data[Math.floor(i / perVolume)];
        return known(value) ? String(value) : undefined;
      });
    }
    return labelColumn(end, written) ?? [];
  });
}

/** Nobody needs what stands beside images and labels: where it is damaged, the data set is none the worse. */
function readable(key: string, read: (key: string) => NpyArray | undefined): NpyArray | undefined {
  try {
    return read(key);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
