/** The first directory of a TIFF file: what its tags say (TIFF 6.0, section 2; BigTIFF). */

import { refusal } from "../../refusal.ts";

/** Makes the error of a file that is not read. */
export const refused = refusal("Cannot read the TIFF file");

/** Tags with their values. Texts are left out. */
export interface TiffDirectory {
  /** The values of a tag; undefined where the file does not have it. */
  values(tag: number): readonly number[] | undefined;
  /** The first value of a tag. */
  first(tag: number, fallback: number): number;
  readonly littleEndian: boolean;
}

/** Whether bytes begin as TIFF does, in either byte order; 43 is BigTIFF. */
export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  return a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0 ||
    a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
}

/** Bytes of a value by its type, and how it is read; texts and what is not known are skipped. */
const TYPES: Readonly<
  Record<number, [size: number, read: (v: DataView, at: number, little: boolean) => number]>
> = {
  1: [1, (v, at) => v.getUint8(at)],
  3: [2, (v, at, little) => v.getUint16(at, little)],
  4: [4, (v, at, little) => v.getUint32(at, little)],
  5: [8, (v, at, little) => v.getUint32(at, little) / (v.getUint32(at + 4, little) || 1)],
  6: [1, (v, at) => v.getInt8(at)],
  7: [1, (v, at) => v.getUint8(at)],
  8: [2, (v, at, little) => v.getInt16(at, little)],
  9: [4, (v, at, little) => v.getInt32(at, little)],
  11: [4, (v, at, little) => v.getFloat32(at, little)],
  12: [8, (v, at, little) => v.getFloat64(at, little)],
  13: [4, (v, at, little) => v.getUint32(at, little)],
  16: [8, (v, at, little) => Number(v.getBigUint64(at, little))],
};

/** Where the parts of a directory stand, in a plain file and a big one. */
const LAYOUTS = {
  plain: { start: 4, count: 2, entry: 12, valueAt: 8, offset: 4 },
  big: { start: 8, count: 8, entry: 20, valueAt: 12, offset: 8 },
} as const;

/**
 * Reads the first directory. No entry may claim more values than the file can hold.
 *
 * @throws {FormatError} When it is damaged.
 */
export function readDirectory(bytes: Uint8Array): TiffDirectory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const layout = LAYOUTS[view.getUint16(2, littleEndian) === 43 ? "big" : "plain"];
  const number = (at: number, size: number): number => {
    if (at + size > bytes.length) throw refused("a directory reaches beyond the file");
    if (size === 2) return view.getUint16(at, littleEndian);
    return size === 4
      ? view.getUint32(at, littleEndian)
      : Number(view.getBigUint64(at, littleEndian));
  };
  const start = number(layout.start, layout.offset);
  const count = number(start, layout.count);
  const first = start + layout.count;
  if (first + count * layout.entry > bytes.length) {
    throw refused("a directory reaches beyond the file");
  }
  const tags = new Map<number, readonly number[]>();
  for (let at = first; at < first + count * layout.entry; at += layout.entry) {
    const [size, read] = TYPES[number(at + 2, 2)] ?? [];
    if (size === undefined || !read) continue;
    const values = number(at + 4, layout.offset);
    if (values * size > bytes.length) {
      throw refused("an entry claims more values than the file can hold");
    }
    const inside = values * size <= layout.offset;
    const place = inside ? at + layout.valueAt : number(at + layout.valueAt, layout.offset);
    if (place + values * size > bytes.length) throw refused("an entry reaches beyond the file");
    tags.set(
      number(at, 2),
      Array.from({ length: values }, (_, i) => read(view, place + i * size, littleEndian)),
    );
  }
  return {
    littleEndian,
    values: (tag) => tags.get(tag),
    first: (tag, fallback) => tags.get(tag)?.[0] ?? fallback,
  };
}

/** The most pages that are counted. */
const MOST_PAGES = 65_535;

/** How many directories follow each other in a file whose first one is read. */
export function pagesIn(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const layout = LAYOUTS[view.getUint16(2, littleEndian) === 43 ? "big" : "plain"];
  const number = (at: number, size: number) =>
    at + size > bytes.length
      ? 0
      : size === 2
      ? view.getUint16(at, littleEndian)
      : size === 4
      ? view.getUint32(at, littleEndian)
      : Number(view.getBigUint64(at, littleEndian));
  const seen = new Set<number>();
  for (let at = number(layout.start, layout.offset); at && !seen.has(at);) {
    if (seen.size >= MOST_PAGES) break;
    seen.add(at);
    const end = at + layout.count + number(at, layout.count) * layout.entry;
    at = number(end, layout.offset);
  }
  return seen.size;
}
