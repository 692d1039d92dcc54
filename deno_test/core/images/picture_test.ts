/** Pictures of every kind against what Pillow reads, and files that only look like pictures. */

import { FormatError, Random, tensor } from "@countergrade/countergrade";
import { fitPicture, readPicture } from "@countergrade/countergrade/images";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { deflateSync } from "node:zlib";
import { mutated } from "../../mutate.ts";

const read = (name: string) => Deno.readFileSync(new URL(`pictures/${name}`, import.meta.url));
const { pictures }: { pictures: Record<string, unknown[]> } = JSON.parse(
  new TextDecoder().decode(read("expected.json")),
);
/** Decoders of JPEG may round differently. */
const STEPS: Readonly<Record<string, number>> = { jpg: 3 };

for (const [name, rows] of Object.entries(pictures)) {
  Deno.test(`${name} has the numbers that Pillow finds`, async () => {
    const { shape, data } = await readPicture(read(name));
    const values = rows.flat(1) as (number | number[])[];
    const channels = Array.isArray(values[0]) ? 3 : 1;
    assertEquals(shape, [1, channels, 12, 17]);
    const flat = values.flat();
    const [low, high] = name.startsWith("float")
      ? [Math.min(...flat), Math.max(...flat)]
      : [0, name.startsWith("deep") ? 65_535 : 255];
    const tolerance = (STEPS[name.split(".")[1]] ?? 1e-3) * 2 / (high - low);
    flat.forEach((value, i) => {
      const [pixel, channel] = [Math.floor(i / channels), i % channels];
      const expected = 2 * (value - low) / (high - low) - 1;
      assertAlmostEquals(data[channel * 204 + pixel], expected, tolerance);
    });
  });
}

Deno.test("what is no picture is refused as such", async () => {
  await assertRejects(() => readPicture(new Uint8Array(0)), FormatError, "the file is empty");
  const text = new TextEncoder().encode("<svg/>");
  await assertRejects(() => readPicture(text), FormatError, "expected PNG, JPEG, TIFF or DICOM");
});

Deno.test("sizes that lie are refused before pixels are expanded", async () => {
  const limits = { maxPixels: 100 };
  for (const name of ["gray.jpg", "gray.tif", "gray.png"]) {
    await assertRejects(() => readPicture(read(name), limits), FormatError, "100");
  }
  const huge = read("gray.jpg");
  const frame = huge.findIndex((byte, i) => byte === 0xff && huge[i + 1] === 0xc0);
  huge.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  await assertRejects(() => readPicture(huge), FormatError, "it has 65535 × 65535");
});

/** A gray TIFF of 3 × 2 pixels whose strips are `parts`, with `more` tags. */
function tiff(compression: number, parts: Uint8Array[], more: number[][] = []): Uint8Array {
  const offsets = parts.map((_, i) =>
    8 + parts.slice(0, i).reduce((n, { length }) => n + length, 0)
  );
  const end = 8 + parts.reduce((n, { length }) => n + length, 0);
  const lists = [offsets, parts.map(({ length }) => length)];
  const start = end + 8 * parts.length;
  const listed = (i: number) => parts.length === 1 ? lists[i][0] : end + 4 * i * parts.length;
  const tags = [
    ...[[256, 3], [257, 2], [258, 8], [259, compression], [262, 1], [277, 1], [278, 2]]
      .map(([tag, value]) => [tag, 4, 1, value]),
    [273, 4, parts.length, listed(0)],
    [279, 4, parts.length, listed(1)],
    ...more.map(([tag, value]) => [tag, 4, 1, value]),
  ].sort(([a], [b]) => a - b);
  const out = new Uint8Array(start + 2 + 12 * tags.length + 4);
  const view = new DataView(out.buffer);
  out.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, start, true);
  parts.forEach((part, i) => out.set(part, offsets[i]));
  lists.flat().forEach((value, i) => view.setUint32(end + 4 * i, value, true));
  view.setUint16(start, tags.length, true);
  tags.forEach(([tag, type, count, value], i) => {
    const at = start + 2 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, value, true);
  });
  return out;
}

/** Codes of 9 bits, as TIFF's LZW begins. */
function lzw(...codes: number[]): Uint8Array {
  const bits = codes.map((code) => code.toString(2).padStart(9, "0")).join("").padEnd(96, "0");
  return Uint8Array.from(bits.match(/.{8}/g)!, (byte) => parseInt(byte, 2));
}

Deno.test("a TIFF is expanded only where each strip and tile comes to its pixels at most", async () => {
  const long = "comes to more than its pixels";
  for (const compression of [8, 32_946]) {
    const right = tiff(compression, [deflateSync(new Uint8Array(6))]);
    assertEquals((await readPicture(right)).shape, [1, 1, 2, 3]);
    const bomb = tiff(compression, [deflateSync(new Uint8Array(7))]);
    await assertRejects(() => readPicture(bomb), FormatError, long);
  }
  // 258 is the string of the two codes before, and so on: 1 + 2 + 3 bytes, then 4 more.
  const right = tiff(5, [lzw(256, 7, 258, 259, 257)]);
  assertAlmostEquals((await readPicture(right)).data[5], 2 * 7 / 255 - 1, 1e-6);
  const bomb = tiff(5, [lzw(256, 7, 258, 259, 260, 257)]);
  await assertRejects(() => readPicture(bomb), FormatError, long);
  const stale = tiff(5, [lzw(256, 7, 258, 256, 258, 257)]);
  await assertRejects(() => readPicture(stale), FormatError, "is damaged");
});

Deno.test("a TIFF has no more strips than it needs, none twice, and no giant tiles", async () => {
  const row = new Uint8Array(6);
  await assertRejects(
    () => readPicture(tiff(1, [row, row])),
    FormatError,
    "expected at most 1 strips",
  );
  const shared = tiff(1, [row], [[322, 16], [323, 16], [324, 8], [325, 500]]);
  await assertRejects(() => readPicture(shared), FormatError, "share bytes");
  const giant = tiff(1, [row], [[322, 2 ** 16], [323, 2 ** 16], [324, 8], [325, 6]]);
  await assertRejects(() => readPicture(giant), FormatError, "tiles are too large");
});

Deno.test("a JPEG of 12 bits, or of more scans than a picture needs, is not read", async () => {
  const deep = read("gray.jpg");
  deep[deep.findIndex((byte, i) => byte === 0xff && deep[i + 1] === 0xc0) + 4] = 12;
  await assertRejects(
    () => readPicture(deep),
    FormatError,
    "expected samples of 8 bits, they have 12",
  );
  const good = read("progressive.jpg");
  const scan = good.findIndex((byte, i) => byte === 0xff && good[i + 1] === 0xda);
  const marker = [0xff, 0xda];
  const scans = [
    ...good.subarray(0, scan),
    ...Array(100).fill(marker).flat(),
    ...good.subarray(scan),
  ];
  await assertRejects(() => readPicture(Uint8Array.from(scans)), FormatError, "at most 100 scans");
});

Deno.test("however many files fail, the next good one is read as ever", async () => {
  const good = read("color.jpg");
  const { data } = await readPicture(good);
  // Far more than the decoder's memory is kept for.
  for (let i = 0; i < 450; i++) {
    await assertRejects(() => readPicture(good.subarray(0, -9)), FormatError, "cut off");
  }
  assertEquals((await readPicture(good)).data, data);
});

Deno.test("fitPicture() pads, crops or stretches, and turns colors into gray and back", () => {
  const wide = tensor([1, 1, 2, 4], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]);
  const padded = fitPicture(wide, [1, 4, 4], "pad");
  assertEquals([...padded.data.subarray(0, 4)], [-1, -1, -1, -1]);
  assertEquals([...padded.data.subarray(4, 12)], [...wide.data]);
  const cut = fitPicture(wide, [1, 2, 2], "crop");
  assertEquals([...cut.data], [...Float32Array.of(0.2, 0.3, 0.6, 0.7)]);
  const stretched = fitPicture(wide, [1, 2, 2], "stretch");
  stretched.data.forEach((x, i) => assertAlmostEquals(x, [0.15, 0.35, 0.55, 0.75][i], 1e-6));
  assertEquals(fitPicture(wide, [3, 4, 4]).shape, [1, 3, 4, 4]);
  const red = tensor([1, 3, 1, 1], [1, 0, 0]);
  assertAlmostEquals(fitPicture(red, [1, 1, 1]).data[0], 0.299, 1e-6);
  const tall = tensor([1, 1, 3, 1], [1, 2, 3]);
  assertEquals([...fitPicture(tall, [1, 3, 3]).data], [-1, 1, -1, -1, 2, -1, -1, 3, -1]);
});

for (const kind of ["jpg", "tif", "png"]) {
  Deno.test(`2,000 damaged ${kind} files give a picture or a FormatError, and none hangs`, async () => {
    const files = Object.keys(pictures).filter((name) => name.endsWith(kind)).map(read);
    const random = new Random(kind);
    let refused = 0;
    for (let i = 0; i < 2_000; i++) {
      const file = mutated(files[i % files.length], random);
      try {
        const { shape, data } = await readPicture(file, { maxPixels: 10_000 });
        assertEquals(shape.length, 4);
        assert(data.length <= 30_000);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      }
    }
    assert(refused > 50 && refused < 2_000, `${refused} were refused`);
  });
}
