/** DICOM files that are written in another form than they say, as some programs leave them. */

import { FormatError } from "@countergrade/countergrade";
import { assertEquals, assertThrows } from "@std/assert";
import { readDicom } from "../../../../core/formats/dicom/dicom.ts";
import { parsedDicom } from "../../../../core/formats/dicom/file.ts";
import { dicomFile, written } from "./writer.ts";

const PREAMBLE = [...new Uint8Array(128), 0x44, 0x49, 0x43, 0x4d];
const JPEG_BASELINE = "1.2.840.10008.1.2.4.50";

const shorts = (...values: number[]) => values.flatMap((v) => [v & 255, (v >> 8) & 255]);
const longs = (value: number) => shorts(value & 65_535, value >>> 16);

/** An element without the letters of its kind. */
function implicit(group: number, number: number, content: number[]): number[] {
  return [...shorts(group, number), ...longs(content.length), ...content];
}

function gray(rows: number, columns: number): number[] {
  return [
    ...implicit(0x28, 2, shorts(1)),
    ...implicit(0x28, 4, [...new TextEncoder().encode("MONOCHROME2 ")]),
    ...implicit(0x28, 0x10, shorts(rows)),
    ...implicit(0x28, 0x11, shorts(columns)),
    ...[0x100, 0x101].flatMap((number) => implicit(0x28, number, shorts(8))),
    ...implicit(0x28, 0x102, shorts(7)),
    ...implicit(0x28, 0x103, shorts(0)),
  ];
}

const file = (...parts: number[][]) => Uint8Array.from(parts.flat());
const named = (syntax: string) => written({ "0002,0010 UI": syntax });

Deno.test("elements without kinds are read although the file says that they have them", async () => {
  const bytes = file(
    PREAMBLE,
    named("1.2.840.10008.1.2.1"),
    gray(1, 2),
    implicit(0x7fe0, 0x10, [7, 9]),
  );
  assertEquals([...(await readDicom(bytes)).volume.data], [7, 9]);
});

Deno.test("elements with kinds are read although the file says that they have none", async () => {
  const explicit = dicomFile([1, 2], Uint8Array.of(7, 9));
  const rest = explicit.subarray(132 + named("1.2.840.10008.1.2.1").length);
  const bytes = file(PREAMBLE, named("1.2.840.10008.1.2"), [...rest]);
  assertEquals([...(await readDicom(bytes)).volume.data], [7, 9]);
});

Deno.test("a file that does not say how it is written is read as what it is", async () => {
  const bytes = file(
    PREAMBLE,
    written({ "0002,0002 UI": "1.2.840.10008.5.1.4.1.1.7" }),
    gray(1, 2),
    implicit(0x7fe0, 0x10, [7, 9]),
  );
  assertEquals([...(await readDicom(bytes)).volume.data], [7, 9]);
});

/** The picture of a file that is right, in a file whose elements have no kinds. */
function compressedWithoutKinds(end: number[]): { bytes: Uint8Array; right: Uint8Array } {
  const right = Deno.readFileSync(new URL("syntaxes/baseline_gray.dcm", import.meta.url));
  const { set } = parsedDicom(right);
  const [{ position, length }] = set.elements.x7fe00010.fragments!;
  const [rows, columns] = [set.uint16("x00280010")!, set.uint16("x00280011")!];
  const item = (content: number[]) => [
    ...[0xfe, 0xff, 0, 0xe0],
    ...longs(content.length),
    ...content,
  ];
  const bytes = file(
    PREAMBLE,
    named(JPEG_BASELINE),
    gray(rows, columns),
    [...shorts(0x7fe0, 0x10), ...longs(0xffff_ffff)],
    item([]),
    item([...right.subarray(position, position + length)]),
    end,
  );
  return { bytes, right };
}

Deno.test("compressed pixels of a file without kinds are read, also where no end is marked", async () => {
  for (const end of [[0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0], []]) {
    const { bytes, right } = compressedWithoutKinds(end);
    assertEquals((await readDicom(bytes)).volume, (await readDicom(right)).volume);
  }
});

Deno.test("compressed pixels that are not in pieces are refused", () => {
  const bytes = file(
    PREAMBLE,
    named(JPEG_BASELINE),
    gray(1, 1),
    [...shorts(0x7fe0, 0x10), ...longs(0xffff_ffff), 1, 2, 3, 4],
  );
  assertThrows(() => parsedDicom(bytes), FormatError, "not in pieces");
});
