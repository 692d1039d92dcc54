/** How gray is shown: windows, padding, polarity; and files of other shapes than most. */

import { FormatError } from "@countergrade/countergrade";
import { readPicture } from "@countergrade/countergrade/images";
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { readDicom } from "../../../../core/formats/dicom/dicom.ts";
import { spacingOf } from "../../../../core/formats/volume.ts";
import { dicomFile, type Elements, written } from "./writer.ts";

const values = Uint16Array.of(0, 50, 100, 150, 200);

async function shown(elements: Elements, pixels = values): Promise<number[]> {
  const { display } = await readDicom(dicomFile([1, pixels.length], pixels, elements));
  return [...display().data];
}

function assertNear(found: readonly number[], expected: readonly number[]) {
  assertEquals(found.length, expected.length);
  expected.forEach((y, i) => assertAlmostEquals(found[i], y, 1e-5, `pixel ${i}`));
}

const window = (center: string, width: string, more: Elements = {}): Elements => ({
  "0028,1050 DS": center,
  "0028,1051 DS": width,
  ...more,
});

Deno.test("LINEAR, LINEAR_EXACT and SIGMOID are three windows", async () => {
  assertNear(await shown(window("100.5", "101")), [-1, -1, 0, 1, 1]);
  const exact = await shown(window("100", "100", { "0028,1056 CS": "LINEAR_EXACT" }));
  assertNear(exact, [-1, -1, 0, 1, 1]);
  const sigmoid = await shown(window("100", "100", { "0028,1056 CS": "SIGMOID" }));
  assertNear(sigmoid, [-4, -2, 0, 2, 4].map((x) => 2 / (1 + Math.exp(-x)) - 1));
});

Deno.test("a window of a width below 1 is exact", async () => {
  const elements = window("0.1", "0.2", { "0028,1052 DS": "0", "0028,1053 DS": "0.001" });
  assertNear(await shown(elements), [-1, -0.5, 0, 0.5, 1]);
});

Deno.test("padding is black and does not count, whatever the polarity", async () => {
  const pixels = Uint16Array.of(100, 150, 200, 65_535, 65_000);
  const range = { "0028,0120 US": 65_535, "0028,0121 US": 65_000 };
  assertNear(await shown(range, pixels), [-1, 0, 1, -1, -1]);
  const inverted = { ...range, "0028,0004 CS": "MONOCHROME1" };
  assertNear(await shown(inverted, pixels), [1, 0, -1, -1, -1]);
});

Deno.test("MONOCHROME1 and INVERSE belong together: they invert once", async () => {
  const both = { "0028,0004 CS": "MONOCHROME1", "2050,0020 CS": "INVERSE" };
  assertNear(await shown(both), [1, 0.5, 0, -0.5, -1]);
});

Deno.test("frames of enhanced objects have windows, rescaling and places of their own", async () => {
  const frame = (z: string, center: string, slope: string): Elements => ({
    "0020,9113 SQ": [{ "0020,0032 DS": `0\\0\\${z}` }],
    "0028,9132 SQ": [{ "0028,1050 DS": center, "0028,1051 DS": "101" }],
    "0028,9145 SQ": [{ "0028,1052 DS": "0", "0028,1053 DS": slope }],
  });
  const file = dicomFile([1, 1], Uint16Array.of(100, 100, 100), {
    "0028,0008 IS": "3",
    "5200,9229 SQ": [{ "0028,9110 SQ": [{ "0028,0030 DS": "0.5\\0.25", "0018,0050 DS": "9" }] }],
    "5200,9230 SQ": [frame("0", "100.5", "1"), frame("2", "200.5", "2"), frame("4", "0.5", "1")],
  });
  const { volume, display } = await readDicom(file);
  assertEquals([...volume.data], [100, 200, 100]);
  assertNear([...display().data], [0, 0, 1]);
  const { affine } = volume;
  assertEquals([affine[0], affine[5], affine[10]], [-0.25, -0.5, 2]);
});

Deno.test("one bit per pixel is black or white, frames without a gap between them", async () => {
  const file = dicomFile([1, 3], Uint8Array.of(0b110101), {
    "0028,0008 IS": "2",
    "0028,0100 US": 1,
    "0028,0101 US": 1,
    "0028,0102 US": 0,
  });
  const { volume, display } = await readDicom(file);
  assertEquals([...volume.data], [1, 0, 1, 0, 1, 1]);
  assertEquals([...display().data], [1, -1, 1, -1, 1, 1]);
});

Deno.test("real numbers are read in single and double precision", async () => {
  for (
    const [name, Numbers] of [["7fe0,0008 OF", Float32Array], [
      "7fe0,0009 OD",
      Float64Array,
    ]] as const
  ) {
    const numbers = new Uint8Array(Numbers.of(-1.5, 0, 2.5).buffer);
    const elements = written({
      "0028,0002 US": 1,
      "0028,0010 US": 1,
      "0028,0011 US": 3,
      "0028,0100 US": Numbers.BYTES_PER_ELEMENT * 8,
      [name]: numbers,
    });
    const meta = written({ "0002,0010 UI": "1.2.840.10008.1.2.1" });
    const head = [...new Uint8Array(128), 0x44, 0x49, 0x43, 0x4d, ...meta];
    const { volume } = await readDicom(Uint8Array.from([...head, ...elements]));
    assertEquals([...volume.data], [-1.5, 0, 2.5]);
  }
});

Deno.test("files without a preamble are read, with and without their first group", async () => {
  const pixels = new Uint16Array(64).map((_, i) => i * 3);
  const whole = dicomFile([8, 8], pixels, { "0008,0060 CS": "MR" });
  const { data } = await readPicture(whole);
  const withMeta = whole.slice(132);
  const meta = written({ "0002,0010 UI": "1.2.840.10008.1.2.1" }).length;
  for (const file of [withMeta, withMeta.slice(meta)]) {
    assertEquals((await readPicture(file)).data, data);
  }
});

Deno.test("a file that holds no picture says what it holds", async () => {
  const kinds = [
    ["1.2.840.10008.5.1.4.1.1.88.33", "a structured report (SR)"],
    ["1.2.840.10008.5.1.4.1.1.481.3", "outlines of structures (RTSTRUCT)"],
    ["1.2.840.10008.1.3.10", "a DICOMDIR"],
  ];
  for (const [sopClass, words] of kinds) {
    const meta = written({ "0002,0002 UI": sopClass, "0002,0010 UI": "1.2.840.10008.1.2.1" });
    const body = written({ "0008,0016 UI": sopClass, "0010,0020 LO": "P1" });
    const head = [...new Uint8Array(128), 0x44, 0x49, 0x43, 0x4d];
    const file = Uint8Array.from([...head, ...meta, ...body]);
    await assertRejects(() => readPicture(file), FormatError, words);
  }
});

Deno.test("a picture whose orientation or distances are zeros is read as if it said none", async () => {
  const file = dicomFile([1, 2], Uint8Array.of(7, 9), {
    "0020,0037 DS": String.raw`0\0\0\0\0\0`,
    "0028,0030 DS": String.raw`2\3`,
  });
  const { volume } = await readDicom(file);
  assertEquals(spacingOf(volume), [3, 2, 1]);
  const pixels = { "0028,0030 DS": String.raw`0\0` };
  const nowhere = await readDicom(dicomFile([1, 2], Uint8Array.of(7, 9), pixels));
  assertEquals(spacingOf(nowhere.volume), [1, 1, 1]);
});
