/** Palettes of colors, plain or in segments (PS3.3 C.7.6.3.1.5, C.7.9). */

import type { DataSet } from "dicom-parser";
import { refused } from "./refused.ts";

/** What indices from `first` on are of one color, 0 … 255. */
export interface Palette {
  readonly first: number;
  readonly values: Float32Array;
}

/** Red, green, blue: description, entries, entries in segments. */
const TAGS = [
  ["x00281101", "x00281201", "x00281221"],
  ["x00281102", "x00281202", "x00281222"],
  ["x00281103", "x00281203", "x00281223"],
] as const;

/** The palettes of red, green and blue. @throws {FormatError} When one is missing or too short. */
export function paletteOf(set: DataSet): Palette[] {
  return TAGS.map(([description, plain, segmented]) => {
    const count = set.uint16(description, 0) || 65_536;
    const first = set.uint16(description, 1) ?? 0;
    const bits = set.uint16(description, 2) ?? 16;
    const raw = set.elements[plain]
      ? entriesOf(set, plain, count, bits)
      : set.elements[segmented]
      ? unfolded(wordsOf(set, segmented, bits), count)
      : undefined;
    if (!raw || raw.length < count) throw refused("its palette is missing or too short");
    // Some writers say 16 bits and mean 8.
    const most = bits > 8 && raw.some((value) => value > 255) ? 65_535 : 255;
    return { first, values: Float32Array.from(raw.slice(0, count), (value) => value * 255 / most) };
  });
}

function wordsOf(set: DataSet, tag: string, bits: number): number[] {
  const { dataOffset, length } = set.elements[tag];
  const bytes = (set.byteArray as Uint8Array).subarray(dataOffset, dataOffset + length);
  if (bits <= 8) return [...bytes];
  return Array.from({ length: length >> 1 }, (_, i) => set.uint16(tag, i) ?? 0);
}

/** Entries of 8 bits stand in bytes, or each in two. */
function entriesOf(set: DataSet, tag: string, count: number, bits: number): number[] {
  const wide = bits > 8 || set.elements[tag].length >= 2 * count;
  return wordsOf(set, tag, wide ? 16 : bits);
}

/** Segments: 0 some values, 1 a straight line to a value, 2 segments that stood before (PS3.3 C.7.9.2). */
function unfolded(words: readonly number[], most: number): number[] {
  const out: number[] = [];
  const run = (start: number, segments: number, depth: number): void => {
    let at = start;
    for (let done = 0; done < segments && at + 1 < words.length && out.length < most; done++) {
      const [kind, length] = [words[at], words[at + 1]];
      if (kind === 0) {
        for (const value of words.slice(at + 2, at + 2 + length)) out.push(value);
        at += 2 + length;
      } else if (kind === 1) {
        const [from, to] = [out.at(-1) ?? 0, words[at + 2] ?? 0];
        for (let i = 1; i <= length; i++) out.push(Math.round(from + (to - from) * i / length));
        at += 3;
      } else if (kind === 2 && depth === 0) {
        run(words[at + 2] + 65_536 * (words[at + 3] ?? 0), length, 1);
        at += 4;
      } else throw refused("its palette is damaged");
    }
  };
  run(0, Infinity, 0);
  return out;
}
