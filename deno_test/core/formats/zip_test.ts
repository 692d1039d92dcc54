/** Zip archives: views, zip64, lies about sizes, and damage. */

import { FormatError } from "@countergrade/countergrade";
import { openZip } from "@countergrade/countergrade/formats";
import { defaultExpandedLimit, writeZip } from "../../../core/formats/zip.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { crc32 } from "node:zlib";
import { zipSync } from "fflate";

Deno.test("zip: stored entries are views, not copies", () => {
  const bytes = writeZip(new Map([["x", Uint8Array.of(1, 2, 3)]]));
  assert(openZip(bytes).get("x").buffer === bytes.buffer);
});

Deno.test("zip: an entry that expands to more or less than it says is refused", async () => {
  const bytes = zipSync({ x: new Uint8Array(1000) }, { level: 6 });
  const view = new DataView(bytes.buffer);
  const sizeField = view.getUint32(bytes.length - 6, true) + 24;
  for (
    const [lie, message] of [[999, "expected 999"], [1001, "expected 1001"], [2 ** 30, "cannot"]]
  ) {
    view.setUint32(sizeField, lie as number, true);
    assertThrows(() => openZip(bytes).get("x"), FormatError, message as string);
    const chunks = openZip(bytes, { checksum: false }).chunks("x");
    await assertRejects(() => Array.fromAsync(chunks), FormatError, `expected ${lie} bytes`);
  }
});

Deno.test("zip: the end record is the one whose comment reaches to the end of the file", () => {
  const bytes = writeZip(new Map([["x", Uint8Array.of(1, 2, 3)]]));
  const withTail = (length: number, tail: ArrayLike<number>) => {
    const file = new Uint8Array(bytes.length + tail.length);
    file.set(bytes);
    file.set(Array.from(tail), bytes.length);
    new DataView(file.buffer).setUint16(bytes.length - 2, length, true);
    return file;
  };
  assertEquals([...openZip(withTail(5, [1, 2, 3, 4, 5])).get("x")], [1, 2, 3]);
  // A comment that looks like the end of an empty archive, whose own comment would be too short or too long.
  for (const odd of [0, 2]) {
    const fake = new Uint8Array(23);
    fake.set([0x50, 0x4b, 5, 6]);
    fake[20] = odd;
    assertEquals([...openZip(withTail(23, fake)).get("x")], [1, 2, 3]);
  }
  for (const length of [0, 4, 6]) {
    const file = withTail(length, [1, 2, 3, 4, 5]);
    assertThrows(() => openZip(file), FormatError, "no directory");
  }
});

Deno.test("zip: the longest comment is read over, and what has no end record is looked through once", () => {
  const bytes = writeZip(new Map([["x", Uint8Array.of(1, 2, 3)]]));
  const file = new Uint8Array(bytes.length + 0xffff);
  file.set(bytes);
  new DataView(file.buffer).setUint16(bytes.length - 2, 0xffff, true);
  assertEquals([...openZip(file).get("x")], [1, 2, 3]);
  for (const size of [21, 22, 70_000]) {
    assertThrows(() => openZip(new Uint8Array(size)), FormatError, "no directory");
  }
});

Deno.test("zip: entries may expand to the limit together and no further, 4 GiB by default; no name comes twice", () => {
  const bytes = writeZip(new Map([["a", new Uint8Array(6)], ["b", new Uint8Array(4)]]));
  assertEquals(openZip(bytes, { limit: 10 }).names, ["a", "b"]);
  assertThrows(() => openZip(bytes, { limit: 9 }), FormatError, "beyond the limit of 9 bytes");
  assertEquals(defaultExpandedLimit, 4 * 1024 ** 3);
  const directory = new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
  const twice = bytes.with(directory + 47 + 46, "a".charCodeAt(0));
  assertThrows(() => openZip(twice), FormatError, 'the entry "a" occurs twice');
  const archive = openZip(bytes);
  assertEquals([archive.sizeOf("a"), archive.sizeOf("b"), archive.sizeOf("c")], [6, 4, undefined]);
  assertEquals([archive.crcOf("b"), archive.crcOf("c")], [crc32(new Uint8Array(4)), undefined]);
  assertThrows(() => archive.get("c"), FormatError, 'there is no entry "c"');
});

Deno.test("zip: entries follow each other whatever stands behind their names", () => {
  // Each entry of the directory with a field of three bytes and a comment of two.
  const plain = writeZip(new Map([["a", Uint8Array.of(1)], ["b", Uint8Array.of(2)]]));
  const directory = new DataView(plain.buffer).getUint32(plain.length - 6, true);
  const entries = [0, 1].flatMap((i) => {
    const entry = [...plain.subarray(directory + 47 * i, directory + 47 * (i + 1))];
    [entry[30], entry[32]] = [7, 2];
    return [...entry, 9, 9, 3, 0, 1, 2, 3, 4, 5];
  });
  const bytes = Uint8Array.from([
    ...plain.subarray(0, directory),
    ...entries,
    ...plain.subarray(-22),
  ]);
  new DataView(bytes.buffer).setUint32(bytes.length - 10, entries.length, true);
  const archive = openZip(bytes);
  assertEquals(archive.names.map((name) => [...archive.get(name)]), [[1], [2]]);
});

Deno.test("zip: damage is a FormatError that says what is wrong", async (t) => {
  const bytes = writeZip(new Map([["x", Uint8Array.of(1, 2, 3)]]));
  const directory = new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
  const cases: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(0), "no directory"],
    ["truncated", bytes.slice(0, -1), "no directory"],
    ["content", bytes.with(directory - 1, 9), "checksum"],
    ["method", bytes.with(directory + 10, 99), "its method is 99"],
    ["encrypted", bytes.with(directory + 8, 1), "encrypted"],
    ["local header", bytes.with(0, 0), "no header"],
    ["directory", bytes.with(directory, 0), "directory is damaged"],
    ["more entries than it has", bytes.with(bytes.length - 12, 2), "directory is damaged"],
    ["offset", bytes.with(bytes.length - 4, 1), "directory is truncated"],
  ];
  for (const [name, damaged, message] of cases) {
    await t.step(name, () => {
      assertThrows(() => openZip(damaged).get("x"), FormatError, message);
    });
  }
});

/** One stored entry of which some sizes and the offset stand in the zip64 field, with a zip64 end record and locator. */
function zip64(wide: readonly number[], numbers: number = wide.length): Uint8Array {
  const plain = writeZip(new Map([["x", Uint8Array.of(1, 2, 3)]]));
  const directory = new DataView(plain.buffer).getUint32(plain.length - 6, true);
  const entry = new Uint8Array(46 + 1 + 6 + 4 + 8 * wide.length);
  entry.set(plain.subarray(directory, directory + 47));
  const e = new DataView(entry.buffer);
  for (const field of wide) e.setUint32(field, 0xffffffff, true);
  e.setUint16(30, 6 + 4 + 8 * numbers, true);
  // Another field stands before it, of two bytes.
  e.setUint16(47, 9, true);
  e.setUint16(49, 2, true);
  e.setUint16(53, 1, true);
  e.setUint16(55, 8 * wide.length, true);
  wide.forEach((field, i) => e.setBigUint64(57 + 8 * i, field === 42 ? 0n : 3n, true));
  const end = new Uint8Array(56 + 20 + 22);
  const d = new DataView(end.buffer);
  d.setUint32(0, 0x06064b50, true);
  d.setBigUint64(32, 1n, true);
  d.setBigUint64(40, BigInt(entry.length), true);
  d.setBigUint64(48, BigInt(directory), true);
  d.setUint32(56, 0x07064b50, true);
  d.setBigUint64(64, BigInt(directory + entry.length), true);
  d.setUint32(76, 0x06054b50, true);
  for (const field of [84, 86]) d.setUint16(field, 0xffff, true);
  for (const field of [88, 92]) d.setUint32(field, 0xffffffff, true);
  return Uint8Array.from([...plain.subarray(0, directory), ...entry, ...end]);
}

Deno.test("zip: zip64 sizes and offsets are read, all or some of them", () => {
  const [packed, size, offset] = [20, 24, 42];
  for (const wide of [[packed, size, offset], [size], [offset], [packed, offset], [size, offset]]) {
    assertEquals(openZip(zip64(wide)).get("x"), Uint8Array.of(1, 2, 3), `${wide}`);
  }
  // A field of one number where two are asked for.
  assertThrows(() => openZip(zip64([size, offset], 1)), FormatError, "a zip64 field is missing");
});
