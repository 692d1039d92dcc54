/** Pixels in every transfer syntax, against what GDCM and dcmtk encoded and read back. */

import { FormatError, Random } from "@countergrade/countergrade";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { readDicom } from "../../../../core/formats/dicom/dicom.ts";
import { mutated } from "../../../mutate.ts";
import { bitsFile } from "./writer.ts";
import { deflateRawSync } from "node:zlib";

const folder = new URL("syntaxes/", import.meta.url);
const read = (name: string) => Deno.readFileSync(new URL(name, folder));

interface Expected {
  shape: number[];
  data: number[];
  /** How far decoders of JPEG may be apart. */
  tolerance: number;
}
const expected: Record<string, Expected> = JSON.parse(
  new TextDecoder().decode(read("expected.json")),
);

for (const [name, { shape, data, tolerance }] of Object.entries(expected)) {
  Deno.test(`${name} has the numbers that were encoded`, async () => {
    const { volume: { size, channels, data: found } } = await readDicom(read(name));
    const isColor = shape.at(-1) === 3;
    const [columns, rows, frames] = size;
    assertEquals(channels, isColor ? 3 : 1);
    assertEquals(
      isColor ? [rows, columns, 3] : [frames, rows, columns].slice(-shape.length),
      shape,
    );
    const plane = columns * rows;
    data.forEach((value, i) => {
      const at = isColor ? (i % 3) * plane + Math.floor(i / 3) : i;
      assertAlmostEquals(found[at], value, tolerance + 1e-3, `number ${i}`);
    });
  });
}

Deno.test("pixels of one bit are read from RLE, deflated frames and JPEG 2000", async () => {
  // 20 × 16, encoded by opj_compress 2.5.0: -F 20,16,1,1,u -n 2.
  const j2k = Uint8Array.fromBase64(
    "/0//UQApAAAAAAAUAAAAEAAAAAAAAAAAAAAAFAAAABAAAAAAAAAAAAABAAEB/1IADAAAAAEAAQQEAAH/XAAHQAgQEBj/ZAAlAAFD" +
      "cmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAAAiAAH/k4CksVYT/2R/NxclvCz0fl5oSn13/9k=",
  );
  const bits = Array.from(
    { length: 320 },
    (_, i) => (Math.floor(i % 20 / 3) + Math.floor(i / 20)) % 2,
  );
  const bytes = Uint8Array.from(
    { length: 40 },
    (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((sum, bit, k) => sum | bit << k, 0),
  );
  const rle = new Uint8Array(64 + 41);
  rle.set([1, 0, 0, 0, 64]);
  rle.set([39, ...bytes], 64);
  const frames = { "5": rle, "8.1": deflateRawSync(bytes), "4.90": j2k };
  for (const [syntax, frame] of Object.entries(frames)) {
    const file = bitsFile([16, 20], `1.2.840.10008.1.2.${syntax}`, [frame, frame]);
    const { volume } = await readDicom(file);
    assertEquals([...volume.data], [...bits, ...bits], syntax);
  }
  const cut = bitsFile([16, 20], "1.2.840.10008.1.2.8.1", [deflateRawSync(bytes.subarray(1))]);
  await assertRejects(() => readDicom(cut), FormatError, "its deflated picture is incomplete");
});

Deno.test("a compressed picture of another size than its file says is refused", async () => {
  for (const name of ["baseline_gray.dcm", "lossless_sv1.dcm", "jpegls.dcm", "j2k.dcm"]) {
    const file = read(name);
    const rows = file.findIndex((byte, i) =>
      byte === 0x28 && file[i + 2] === 0x10 && file[i + 3] === 0 && file[i + 4] === 0x55
    );
    assertEquals(file[rows + 8], 16);
    file[rows + 8] = 8;
    await assertRejects(() => readDicom(file), FormatError, "expected 20 × 8 pixels");
  }
});

Deno.test("1,000 damaged compressed files give a volume or a FormatError, and none hangs", async () => {
  const files = Object.keys(expected).map(read);
  const random = new Random("syntaxes");
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const file = mutated(files[i % files.length], random);
    try {
      const { volume: { size, channels, data } } = await readDicom(file, { maxPixels: 2 ** 20 });
      assertEquals(data.length, size[0] * size[1] * size[2] * channels);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      refused++;
    }
  }
  assert(refused > 100 && refused < 1000, `${refused} were refused`);
});
