/** Zip archives: views, zip64, lies about sizes, and damage. */

import { FormatError } from "@countergrade/countergrade";
import { openZip } from "@countergrade/countergrade/formats";
import { writeZip } from "../../../core/formats/zip.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
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

Deno.test("zip: zip64 sizes and offsets are read", () => {
  // One stored entry whose sizes and offset stand in the zip64 field, with a zip64 end record and locator.
  const plain = writeZip(new Map([["x", Uint8Array.of(1, 2, 3)]]));
  const directory = new DataView(plain.buffer).getUint32(plain.length - 6, true);
  const entry = new Uint8Array(46 + 1 + 28);
  entry.set(plain.subarray(directory, directory + 47));
  const e = new DataView(entry.buffer);
  for (const field of [20, 24, 42]) e.setUint32(field, 0xffffffff, true);
  e.setUint16(30, 28, true);
  e.setUint16(47, 1, true);
  e.setUint16(49, 24, true);
  e.setBigUint64(51, 3n, true);
  e.setBigUint64(59, 3n, true);
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
  const bytes = Uint8Array.from([...plain.subarray(0, directory), ...entry, ...end]);
  assertEquals(openZip(bytes).get("x"), Uint8Array.of(1, 2, 3));
});
