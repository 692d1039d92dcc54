/** Pictures of every kind against what Pillow reads, and files that only look like pictures. */

import { fitPicture, FormatError, Random, readPicture, tensor } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { mutated } from "../mutate.ts";

const read = (name: string) => Deno.readFileSync(new URL(`pictures/${name}`, import.meta.url));
const { pictures }: { pictures: Record<string, unknown[]> } = JSON.parse(
  new TextDecoder().decode(read("expected.json")),
);
/** Decoders of JPEG may round differently. */
const STEPS: Readonly<Record<string, number>> = { jpg: 3 };

for (const [name, rows] of Object.entries(pictures)) {
  Deno.test(`${name} has the numbers that Pillow finds`, () => {
    const { shape, data } = readPicture(read(name));
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

Deno.test("what is no picture is refused as such", () => {
  assertThrows(() => readPicture(new Uint8Array(0)), FormatError, "the file is empty");
  const text = new TextEncoder().encode("<svg/>");
  assertThrows(() => readPicture(text), FormatError, "expected PNG, JPEG, TIFF or DICOM");
});

Deno.test("sizes that lie are refused before pixels are expanded", () => {
  const limits = { maxPixels: 100 };
  for (const name of ["grey.jpg", "grey.tif", "grey.png"]) {
    assertThrows(() => readPicture(read(name), limits), FormatError, "100");
  }
  const huge = read("grey.jpg");
  const frame = huge.findIndex((byte, i) => byte === 0xff && huge[i + 1] === 0xc0);
  huge.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  assertThrows(() => readPicture(huge), FormatError, "it has 65535 × 65535");
});

Deno.test("fitPicture() pads, crops or stretches, and turns colours into grey and back", () => {
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
  Deno.test(`20,000 damaged ${kind} files give a picture or a FormatError, and none hangs`, () => {
    const files = Object.keys(pictures).filter((name) => name.endsWith(kind)).map(read);
    const random = new Random(kind);
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      const file = mutated(files[i % files.length], random);
      try {
        const { shape, data } = readPicture(file, { maxPixels: 10_000 });
        assertEquals(shape.length, 4);
        assert(data.length <= 30_000);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      }
    }
    assert(refused > 500 && refused < 20_000, `${refused} were refused`);
  });
}
