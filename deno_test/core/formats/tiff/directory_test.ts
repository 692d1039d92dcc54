/** Directories of TIFF: values of every type, in both byte orders and sizes, and what they may not claim. */

import { FormatError } from "@countergrade/countergrade";
import { assertEquals, assertThrows } from "@std/assert";
import { isTiff, pagesIn, readDirectory } from "../../../../core/formats/tiff/directory.ts";
import { layoutOf } from "../../../../core/formats/tiff/layout.ts";

/** An entry: tag, type, how many, and what writes its value or place. */
type Entry = [tag: number, type: number, count: number, write: Write];
type Write = (view: DataView, little: boolean) => void;

/** A file of 400 bytes with its directory at byte 100. */
function file(entries: Entry[], { little = true, big = false, next = 0 } = {}) {
  const bytes = new Uint8Array(400);
  const view = new DataView(bytes.buffer);
  bytes.set(little ? [0x49, 0x49] : [0x4d, 0x4d]);
  view.setUint16(2, big ? 43 : 42, little);
  const offset = (at: number, value: number) =>
    big ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little);
  if (big) view.setUint16(4, 8, little);
  offset(big ? 8 : 4, 100);
  if (big) view.setBigUint64(100, BigInt(entries.length), little);
  else view.setUint16(100, entries.length, little);
  const [first, size, valueAt] = big ? [108, 20, 12] : [102, 12, 8];
  entries.forEach(([tag, type, count, write], i) => {
    const at = first + size * i;
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, type, little);
    offset(at + 4, count);
    write(new DataView(bytes.buffer, at + valueAt), little);
  });
  offset(first + size * entries.length, next);
  return { bytes, view };
}

const long = (value: number): Write => (view, little) => view.setUint32(0, value, little);

Deno.test("TIFF is told by its first four bytes, in either order and size", () => {
  for (const [first, last] of [[[0x49, 0x49, 42], 0], [[0x49, 0x49, 43], 0]] as const) {
    assertEquals(isTiff(Uint8Array.of(...first, last)), true);
    assertEquals(isTiff(Uint8Array.of(...first, 1)), false);
  }
  assertEquals(isTiff(Uint8Array.of(0x4d, 0x4d, 0, 42)), true);
  assertEquals(isTiff(Uint8Array.of(0x4d, 0x4d, 0, 43)), true);
  for (
    const odd of [
      [0x49, 0x4d, 42, 0],
      [0x4d, 0x4d, 42, 0],
      [0x49, 0x49, 0, 42],
      [0x49, 0x49, 44, 0],
      [0x4d, 0x4d, 0, 41],
      [],
    ]
  ) assertEquals(isTiff(Uint8Array.from(odd)), false, `${odd}`);
});

Deno.test("values of every type are read where they stand, in both orders; texts are left out", () => {
  for (const little of [true, false]) {
    const { bytes, view } = file([
      [1, 1, 1, (view) => view.setUint8(0, 200)],
      [2, 2, 4, long(0x41414141)],
      [3, 3, 2, (view) => [7, 9].forEach((value, i) => view.setUint16(2 * i, value, little))],
      [4, 4, 1, long(70_000)],
      [5, 5, 1, long(300)],
      [6, 6, 1, (view) => view.setInt8(0, -3)],
      [8, 8, 1, (view) => view.setInt16(0, -300, little)],
      [9, 9, 1, (view) => view.setInt32(0, -70_000, little)],
      [11, 11, 1, (view) => view.setFloat32(0, 0.5, little)],
      [7, 7, 1, (view) => view.setUint8(0, 250)],
      [12, 12, 1, long(300)],
      [13, 13, 1, long(70_000)],
      [15, 5, 1, long(308)],
      [99, 99, 1, long(1)],
    ], { little });
    // As a rational 72/3, as a double what that is.
    view.setUint32(300, 72, little);
    view.setUint32(304, 3, little);
    view.setUint32(308, 90, little);
    const { values, first, littleEndian } = readDirectory(bytes);
    const found = [1, 3, 4, 5, 6, 7, 8, 9, 11].map((tag) => values(tag));
    assertEquals(found, [[200], [7, 9], [70_000], [24], [-3], [250], [-300], [-70_000], [0.5]]);
    // A place is a number too, and nothing is divided by zero.
    assertEquals([values(13), values(15)], [[70_000], [90]]);
    assertEquals(values(12), [view.getFloat64(300, little)]);
    assertEquals([values(2), values(99), littleEndian], [undefined, undefined, little]);
    assertEquals([first(4, 5), first(2, 5)], [70_000, 5]);
  }
});

Deno.test("in a big file places and counts have 64 bits, and eight bytes stand in the entry itself", () => {
  for (const little of [true, false]) {
    const { bytes } = file([
      [4, 4, 2, (view) => [5, 6].forEach((value, i) => view.setUint32(4 * i, value, little))],
      [16, 16, 1, (view) => view.setBigUint64(0, 2n ** 40n, little)],
    ], { little, big: true });
    const { values } = readDirectory(bytes);
    assertEquals([values(4), values(16)], [[5, 6], [2 ** 40]]);
  }
});

Deno.test("a directory that claims more than the file holds is refused, to the last byte", () => {
  const claims = (count: number, place: number) => () =>
    readDirectory(file([[4, 1, count, long(place)]]).bytes);
  assertEquals(claims(100, 300)().values(4)?.length, 100);
  assertEquals(claims(400, 0)().values(4)?.length, 400);
  assertThrows(claims(100, 301), FormatError, "an entry reaches beyond the file");
  assertThrows(claims(401, 0), FormatError, "more values than the file can hold");
  const { bytes } = file([[4, 4, 1, long(5)]]);
  assertEquals(readDirectory(bytes.subarray(0, 114)).values(4), [5]);
  for (const length of [113, 101]) {
    const cut = () => readDirectory(bytes.subarray(0, length));
    assertThrows(cut, FormatError, "a directory reaches beyond the file");
  }
});

Deno.test("pages are counted along their chain, which ends where it comes round", () => {
  assertEquals(pagesIn(file([]).bytes), 1);
  assertEquals(pagesIn(file([[4, 4, 1, long(5)]]).bytes), 1);
  const two = file([], { next: 200 });
  assertEquals(pagesIn(two.bytes), 2);
  two.view.setUint32(202, 100, true);
  assertEquals(pagesIn(two.bytes), 2);
  two.view.setUint32(202, 250, true);
  assertEquals(pagesIn(two.bytes), 3);
  assertEquals(pagesIn(file([], { big: true, next: 200 }).bytes), 2);
  // A place beyond the file, or at its very end, ends the chain.
  for (const next of [398, 399, 400, 2 ** 31]) assertEquals(pagesIn(file([], { next }).bytes), 2);
  assertEquals(pagesIn(file([]).bytes.subarray(0, 7)), 0);
});

/** The layout of a page of tags, in a file of so many bytes. */
function layout(tags: Record<number, readonly number[]>, length = 1000, maxPixels = 100) {
  const all: Record<number, readonly number[]> = {
    256: [4],
    257: [3],
    258: [8],
    273: [10],
    279: [12],
    ...tags,
  };
  const directory = {
    littleEndian: true,
    values: (tag: number) => all[tag],
    first: (tag: number, fallback: number) => all[tag]?.[0] ?? fallback,
  };
  return layoutOf(directory, length, maxPixels);
}

Deno.test("a page has what its tags say, and what is usual where they say nothing", () => {
  const { values: _, ...plain } = layout({});
  assertEquals(plain, {
    width: 4,
    height: 3,
    samples: 1,
    bits: 8,
    format: "unsigned",
    compression: 1,
    photometric: 1,
    predictor: 1,
    planar: false,
    reversed: false,
    part: { width: 4, height: 3 },
    offsets: [10],
    counts: [12],
    littleEndian: true,
  });
  assertEquals(layout({ 339: [4] }).format, "unsigned");
  assertEquals(layout({ 339: [2] }).format, "signed");
  assertEquals(layout({ 266: [2] }).reversed, true);
  assertEquals(layout({ 284: [2] }).planar, false);
  assertEquals(layout({ 284: [2], 277: [2], 273: [0, 5], 279: [5, 5] }).planar, true);
  assertEquals(layout({ 278: [2], 273: [0, 8], 279: [8, 4] }).part, { width: 4, height: 2 });
  const tiles = layout({ 322: [16], 323: [16], 324: [7], 325: [9] });
  assertEquals([tiles.part, tiles.offsets, tiles.counts], [{ width: 16, height: 16 }, [7], [9]]);
});

Deno.test("a page is held to its limits on both sides", () => {
  const read: [tags: Record<number, readonly number[]>, length?: number][] = [
    [{ 256: [10], 257: [10] }],
    [{ 277: [5], 258: [8, 8, 8, 8, 8] }],
    [{ 258: [1] }],
    [{ 258: [32] }],
    [{ 258: [64], 339: [3] }],
    [{}, 22],
  ];
  for (const [tags, length] of read) layout(tags, length);
  const wrong: [tags: Record<number, readonly number[]>, says: string, length?: number][] = [
    [{ 256: [101], 257: [1] }, "expected at most 100 pixels, it has 101 × 1"],
    [{ 256: [0] }, "expected at most 100 pixels"],
    [{ 277: [6] }, "6 samples of 8 bits are not read"],
    [{ 277: [0] }, "0 samples"],
    [{ 277: [2], 258: [8, 16] }, "2 samples of 8, 16 bits"],
    [{ 258: [33] }, "1 samples of 33 bits"],
    [{ 258: [0] }, "1 samples of 0 bits"],
    [{ 258: [12], 339: [2] }, "samples of 12 bits"],
    [{ 258: [8], 339: [3] }, "samples of 8 bits"],
    [{ 339: [5] }, "are not read"],
    [{ 322: [0], 323: [16], 324: [7], 325: [9] }, "have no size"],
    [{ 322: [2 ** 15], 323: [2 ** 13 + 1], 324: [7], 325: [9] }, "its tiles are too large"],
    [{ 273: [0, 5] }, "expected at most 1 strips or tiles, it has 2"],
    [{ 273: [] }, "expected 1 strips or tiles, it has 0"],
    [{ 279: [] }, "expected 1 strips or tiles"],
    [{}, "or reach beyond the file", 21],
    [{ 278: [2], 273: [0, 0], 279: [8, 8] }, "share bytes", 15],
  ];
  for (const [tags, says, length] of wrong) {
    assertThrows(() => layout(tags, length), FormatError, says);
  }
});
