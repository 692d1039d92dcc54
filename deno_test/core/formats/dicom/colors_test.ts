/** Colors of DICOM: palettes, luma and chroma, planes, deep samples. */

import { FormatError } from "@countergrade/countergrade";
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { readDicom } from "../../../../core/formats/dicom/dicom.ts";
import { dicomFile, type Elements } from "./writer.ts";

async function colors(file: Uint8Array): Promise<number[]> {
  const { volume: { channels, data } } = await readDicom(file);
  assertEquals(channels, 3);
  return [...data];
}

const palette = (entries: number[][], bits: number, first = 0): Elements => ({
  "0028,0004 CS": "PALETTE COLOR",
  ...Object.fromEntries(entries.flatMap((values, i) => [
    [`0028,110${i + 1} US`, [values.length, first, bits]],
    [`0028,120${i + 1} OW`, values],
  ])),
});

Deno.test("indices of a palette of 16 bits are colors, beyond its ends those of the ends", async () => {
  const entries = [[0, 65_535], [65_535, 0], [32_896, 257]];
  const file = dicomFile([1, 4], Uint8Array.of(9, 10, 11, 12), palette(entries, 16, 10));
  assertEquals(await colors(file), [0, 0, 255, 255, 255, 255, 0, 0, 128, 128, 1, 1]);
});

Deno.test("a palette of 8 bits may stand in bytes or in words, and may say 16", async () => {
  const pixels = Uint8Array.of(0, 1);
  const expected = [10, 20, 30, 40, 50, 60];
  const rows = [[10, 20], [30, 40], [50, 60]];
  assertEquals(await colors(dicomFile([1, 2], pixels, palette(rows, 8))), expected);
  assertEquals(await colors(dicomFile([1, 2], pixels, palette(rows, 16))), expected);
  const packed = rows.map(([a, b]) => [a | b << 8]);
  const bytes = {
    ...palette(packed, 8),
    ...Object.fromEntries([1, 2, 3].map((i) => [`0028,110${i} US`, [2, 0, 8]])),
  };
  assertEquals(await colors(dicomFile([1, 2], pixels, bytes)), expected);
});

Deno.test("a palette in segments is unfolded: values, lines, and segments once more", async () => {
  // 0: two values; 1: a line of three steps to 40000; 2: the first segment again.
  const segments = [0, 2, 0, 10_000, 1, 3, 40_000, 2, 1, 0, 0];
  const elements = {
    "0028,0004 CS": "PALETTE COLOR",
    ...Object.fromEntries([1, 2, 3].flatMap((i) => [
      [`0028,110${i} US`, [7, 0, 16]],
      [`0028,122${i} OW`, segments],
    ])),
  };
  const found = await colors(dicomFile([1, 7], Uint8Array.of(0, 1, 2, 3, 4, 5, 6), elements));
  const expected = [0, 10_000, 20_000, 30_000, 40_000, 0, 10_000];
  expected.forEach((value, i) => assertAlmostEquals(found[i], value / 257, 1e-3));
});

Deno.test("a palette that is missing or too short is refused", async () => {
  const pixels = Uint8Array.of(0, 1);
  const none = dicomFile([1, 2], pixels, { "0028,0004 CS": "PALETTE COLOR" });
  await assertRejects(() => readDicom(none), FormatError, "palette is missing");
});

const three = { "0028,0002 US": 3 };

Deno.test("luma and chroma become RGB, in full range, shared by two pixels, and in part of the range", async () => {
  // Red of JFIF is 76, 85, 255.
  const full = dicomFile([1, 2], Uint8Array.of(76, 85, 255, 128, 128, 128), {
    ...three,
    "0028,0004 CS": "YBR_FULL",
  });
  const shared = dicomFile([1, 2], Uint8Array.of(76, 76, 85, 255), {
    ...three,
    "0028,0004 CS": "YBR_FULL_422",
  });
  const part = dicomFile([1, 2], Uint8Array.of(235, 128, 128, 16, 128, 128), {
    ...three,
    "0028,0004 CS": "YBR_PARTIAL_422",
    "0028,0006 US": 0,
    "7fe0,0010 OW": Uint8Array.of(235, 16, 128, 128),
  });
  const near = (found: number[], expected: number[]) =>
    expected.forEach((value, i) => assertAlmostEquals(found[i], value, 1.2));
  near(await colors(full), [254, 128, 0, 128, 0, 128]);
  near(await colors(shared), [254, 254, 0, 0, 0, 0]);
  near(await colors(part), [255, 0, 255, 0, 255, 0]);
});

Deno.test("colors may stand plane by plane", async () => {
  const file = dicomFile([1, 2], Uint8Array.of(1, 2, 3, 4, 5, 6), {
    ...three,
    "0028,0004 CS": "RGB",
    "0028,0006 US": 1,
  });
  assertEquals(await colors(file), [1, 2, 3, 4, 5, 6]);
});

Deno.test("RGB counts by the bits that are stored, be it 12 of 16 or 32", async () => {
  const rgb = { ...three, "0028,0004 CS": "RGB" };
  const twelve = dicomFile([1, 1], Uint16Array.of(4095, 0, 819), {
    ...rgb,
    "0028,0101 US": 12,
    "0028,0102 US": 11,
  });
  (await colors(twelve)).forEach((value, i) => assertAlmostEquals(value, [255, 0, 51][i], 1e-4));
  const words = new Uint8Array(Uint32Array.of(2 ** 32 - 1, 0, 2 ** 31).buffer);
  const deep = dicomFile([1, 1], words, {
    ...rgb,
    "0028,0100 US": 32,
    "0028,0101 US": 32,
    "0028,0102 US": 31,
  });
  (await colors(deep)).forEach((value, i) => assertAlmostEquals(value, [255, 0, 127.5][i], 1e-4));
});
