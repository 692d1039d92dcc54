/** TIFF of many kinds, against what libtiff reads. */

import { FormatError, Random } from "@countergrade/countergrade";
import { readPicture } from "@countergrade/countergrade/images";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { mutated } from "../../../mutate.ts";
import { caseAt, caseTest } from "../../../shared_cases.ts";

const folder = new URL("pages/", import.meta.url);
const read = (name: string) => Deno.readFileSync(new URL(name, folder));
const expected: Record<string, { channels: number; data: number[] }> = JSON.parse(
  new TextDecoder().decode(read("../pages.json")),
);

for (const [name, { channels, data }] of Object.entries(expected)) {
  Deno.test(`${name} has the numbers that libtiff finds`, async () => {
    const picture = await readPicture(read(name));
    const [, c, h, w] = picture.shape;
    assertEquals([c, w * h * c], [channels, data.length]);
    const isReal = /float|half/.test(name);
    const [low, high] = isReal ? [Math.min(...data), Math.max(...data)] : [0, 65_535];
    const steps = name.startsWith("jpeg") ? 3 * 257 : name.startsWith("half") ? 40 : 1.1;
    data.forEach((value, i) => {
      const found = picture.data[(i % c) * w * h + Math.floor(i / c)];
      assertAlmostEquals((found + 1) / 2 * (high - low) + low, value, steps, `number ${i}`);
    });
  });
}

caseTest("tiles of several samples are read as they lie", async () => {
  const { shape, data } = await readPicture(await Deno.readFile(caseAt("07_tiled_rgb.tif")));
  assertEquals(shape, [1, 3, 32, 32]);
  for (let i = 0; i < 1024; i++) {
    const [x, y] = [i % 32, i >> 5];
    [8 * x, 255 - 8 * x, 8 * y].forEach((value, c) =>
      assertAlmostEquals(data[c * 1024 + i], value / 127.5 - 1, 1e-5)
    );
  }
});

caseTest("where white is zero, 0 is white", async () => {
  const { data } = await readPicture(await Deno.readFile(caseAt("08_white_is_zero.tif")));
  assertEquals(data[0], 1);
  assertAlmostEquals(data[31], 1 - 248 / 127.5, 1e-5);
});

caseTest("numbers with sign rise from black to white", async () => {
  const { data } = await readPicture(await Deno.readFile(caseAt("09_signed_16.tif")));
  for (let x = 0; x < 32; x++) assertAlmostEquals(data[x], 2 * x / 31 - 1, 1e-5);
});

/** A TIFF of one strip from its tags; the strip is at byte 8. */
function page(tags: Record<number, number>, strip: Uint8Array): Uint8Array {
  const all = { 256: 2, 257: 1, 273: 8, 277: 1, 278: 1, 279: strip.length, ...tags };
  const out = new Uint8Array(8 + strip.length + 6 + 12 * Object.keys(all).length);
  const view = new DataView(out.buffer);
  out.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, 8 + strip.length, true);
  out.set(strip, 8);
  view.setUint16(8 + strip.length, Object.keys(all).length, true);
  Object.entries(all).forEach(([tag, value], i) => {
    const at = 10 + strip.length + 12 * i;
    view.setUint16(at, Number(tag), true);
    view.setUint16(at + 2, 4, true);
    view.setUint32(at + 4, 1, true);
    view.setUint32(at + 8, value, true);
  });
  return out;
}

Deno.test("what the colors of a JPEG are says the page, whatever its components are called", async () => {
  const file = read("jpeg_color.tif");
  const { data } = await readPicture(file);
  // Called R, G and B they would be taken for such anyhow; 1, 2 and 3 are those of YCbCr.
  const at = (marker: number) =>
    file.findIndex((byte, i) => byte === 0xff && file[i + 1] === marker);
  const [frame, scan] = [at(0xc0), at(0xda)];
  const places = [frame + 10, frame + 13, frame + 16, scan + 5, scan + 7, scan + 9];
  assertEquals(places.map((place) => String.fromCharCode(file[place])).join(""), "RGBRGB");
  const renamed = file.slice();
  places.forEach((place, i) => renamed[place] = i % 3 + 1);
  assertEquals((await readPicture(renamed)).data, data);
  const converted = renamed.slice();
  // The entry of the photometric interpretation: 6 is YCbCr.
  const entry = 388;
  assertEquals([...file.subarray(entry, entry + 2), file[entry + 8]], [6, 1, 2]);
  converted[entry + 8] = 6;
  const other = (await readPicture(converted)).data;
  assert(other.some((value, i) => Math.abs(value - data[i]) > 0.3));
});

Deno.test("CMYK is ink on white; what is not read says what it is, and what helps", async () => {
  const inks = page({ 258: 8, 262: 5, 277: 4 }, Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 255));
  const { shape, data } = await readPicture(inks);
  assertEquals(shape, [1, 3, 1, 2]);
  assertEquals([...data], [-1, -1, 1, -1, 1, -1]);
  const fax = page({ 258: 1, 259: 4, 262: 0 }, Uint8Array.of(0));
  await assertRejects(
    () => readPicture(fax),
    FormatError,
    "fax, CCITT group 4) is not read; `tiffcp",
  );
  const lab = page({ 258: 8, 262: 8, 277: 3 }, new Uint8Array(6));
  await assertRejects(() => readPicture(lab), FormatError, "colors of kind 8 (unknown)");
  const short = page({ 258: 8, 262: 1 }, Uint8Array.of(1));
  await assertRejects(() => readPicture(short), FormatError, "strip or tile 0 is cut off");
});

Deno.test("signed numbers of 8 bits, and whole ones of 32, are read by their own range", async () => {
  const signed = await readPicture(page({ 258: 8, 262: 1, 339: 2 }, Uint8Array.of(200, 100)));
  assertEquals([...signed.data], [-1, 1]);
  const words = new Uint8Array(Uint32Array.of(2 ** 31, 5).buffer);
  const deep = await readPicture(page({ 258: 32, 262: 1 }, words));
  assertEquals([...deep.data], [1, -1]);
});

Deno.test("2,000 damaged pages give a picture or a FormatError, and none hangs", async () => {
  const files = Object.keys(expected).map(read);
  const random = new Random("pages");
  let refused = 0;
  for (let i = 0; i < 2000; i++) {
    const file = mutated(files[i % files.length], random);
    try {
      const { shape, data } = await readPicture(file, { maxPixels: 10_000 });
      assertEquals(data.length, shape.reduce((a, b) => a * b));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      refused++;
    }
  }
  assert(refused > 100 && refused < 2000, `${refused} were refused`);
});
