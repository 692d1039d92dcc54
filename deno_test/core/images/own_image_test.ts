/** One's own images: what is taken, what is refused before it is decoded, what stays of a file. */

import { type Images, InputError } from "@countergrade/countergrade";
import { encode } from "@countergrade/countergrade/formats";
import { ofPng, ownImage, ownImageMetadata, readPicture } from "@countergrade/countergrade/images";
import type { Orientation } from "../../../core/formats/jpeg/exif.ts";
import { imagesOf, pixelsOf, turned } from "../../../core/formats/pixels.ts";
import { chunk } from "../../../core/formats/png/chunks.ts";
import { decode } from "../../../core/formats/png/png.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";

const halves = Deno.readFileSync(new URL("pictures/halves.jpg", import.meta.url));

/** A JPEG of 32 × 16 whose left half is dark and right half bright, with an Exif orientation where one is given. */
function jpeg(orientation?: number, little = false): Uint8Array {
  if (orientation === undefined) return halves;
  const word = (n: number) => little ? [n & 255, n >> 8] : [n >> 8, n & 255];
  const long = (n: number) => little ? [...word(n & 65_535), 0, 0] : [0, 0, ...word(n)];
  const tiff = [
    ...(little ? [0x49, 0x49] : [0x4d, 0x4d]),
    ...word(42),
    ...long(8),
    ...word(2),
    ...[...word(0x010f), ...word(2), ...long(1), ...long(0)],
    ...[...word(0x0112), ...word(3), ...long(1), ...word(orientation), 0, 0],
    ...long(0),
  ];
  const exif = [...new TextEncoder().encode("Exif\0\0"), ...tiff];
  const segment = [0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 255, ...exif];
  return Uint8Array.from([...halves.subarray(0, 2), ...segment, ...halves.subarray(2)]);
}

Deno.test("a JPEG is turned upright as its Exif data says, in either byte order", async () => {
  const plain = await ownImage(jpeg());
  assertEquals([plain.width, plain.height, plain.orientation, plain.format], [32, 16, 1, "JPEG"]);
  for (const [orientation, little, dark] of [[6, false, "top"], [8, true, "bottom"]] as const) {
    const own = await ownImage(jpeg(orientation, little));
    assertEquals([own.width, own.height, own.orientation], [16, 32, orientation]);
    const { data } = ofPng(own.png);
    assertEquals(data[0] < 0, dark === "top", `orientation ${orientation}`);
    assertEquals(data[31 * 16] < 0, dark === "bottom");
  }
  assertEquals((await ownImage(jpeg(9))).orientation, 1, "there is no orientation 9");
  assertEquals((await ownImage(jpeg(3))).width, 32);
});

Deno.test("a PNG is turned upright as its Exif data says, and so are pictures of data sets", async () => {
  const png = encode(Uint8Array.of(0, 255), 2, 1, { color: "gray" });
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    1,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    6,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const exif = chunk("eXIf", Uint8Array.from(tiff));
  const file = Uint8Array.of(...png.subarray(0, 33), ...exif, ...png.subarray(33));
  const own = await ownImage(file);
  assertEquals([own.width, own.height, own.orientation], [1, 2, 6]);
  assertEquals([...ofPng(own.png).data], [-1, 1]);
  assertEquals((await readPicture(file)).shape, [1, 1, 2, 1]);
  assertEquals((await readPicture(jpeg(6))).shape, [1, 3, 32, 16]);
});

const upright = (images: Images, orientation: Orientation) =>
  imagesOf(turned(pixelsOf(images), orientation));

Deno.test("every orientation twice or four times, or with its opposite, is the identity", () => {
  const picture = { shape: [1, 1, 2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const opposite = [1, 2, 3, 4, 5, 8, 7, 6] as const;
  const seen = new Set<string>();
  opposite.forEach((back, i) => {
    const there = upright(picture, (i + 1) as Orientation);
    seen.add(`${there.shape} ${there.data}`);
    assertEquals(upright(there, back), picture);
  });
  assertEquals(seen.size, 8);
});

Deno.test("pixels come through exactly, in as many bits as they need; opacity and texts do not", async () => {
  const gray = Uint16Array.of(0, 1, 300, 65_535);
  const deep = await ownImage(encode(gray, 2, 2, { color: "gray", depth: 16 }));
  assertEquals([deep.depth, deep.channels], [16, 1]);
  assertEquals(decode(deep.png).image, gray);
  const clear = await ownImage(encode(Uint8Array.of(1, 2, 3, 0, 250, 251, 252, 255), 2, 1));
  assertEquals([clear.depth, clear.channels], [8, 3]);
  assertEquals(decode(clear.png).image, Uint8Array.of(1, 2, 3, 250, 251, 252));

  const name = new TextEncoder().encode("Patient\0Jane Doe");
  const text = Uint8Array.of(0, 0, 0, name.length, 0x74, 0x45, 0x58, 0x74, ...name, 0, 0, 0, 0);
  const png = encode(Uint8Array.of(7), 1, 1, { color: "gray" });
  const told = await ownImage(Uint8Array.of(...png.subarray(0, 33), ...text, ...png.subarray(33)));
  assert(!new TextDecoder("latin1").decode(told.png).includes("Jane"));
  assertEquals(ofPng(told.png).data.length, 1);
  assertAlmostEquals(ofPng(told.png).data[0], 7 / 127.5 - 1, 1e-6);
});

Deno.test("more than 2²⁰ pixels are averaged to as many, and it is said", async () => {
  const [width, height] = [1300, 1200];
  const pixels = Uint8Array.from(
    { length: width * height },
    (_, i) => i % width < width / 2 ? 20 : 220,
  );
  const own = await ownImage(encode(pixels, width, height, { color: "gray" }));
  const { image } = decode(own.png);
  assertEquals([own.width, own.height, own.depth], [1065, 983, 8]);
  assertEquals([image.length, image[500], image[600]], [1065 * 983, 20, 220]);
  assertEquals(ownImageMetadata(own, "").taken, "kept at 1065 × 983 of 1300 × 1200");
});

Deno.test("what is too large is refused by its header, with the limit and what came", async () => {
  const limits = { maxBytes: 1000, maxPixels: 20 };
  const refused = async (bytes: Uint8Array) => {
    const error = await assertRejects(() => ownImage(bytes, limits), InputError);
    assertEquals(error.path, ["file"]);
    return error.message;
  };
  assert(/at most 1000 bytes, it has 1001/.test(await refused(new Uint8Array(1001))));
  const png = encode(new Uint8Array(25), 5, 5, { color: "gray" });
  assert(/at most 20 pixels, its size is 5 × 5/.test(await refused(png)));
  // Nothing behind the header is looked at: it would not decode.
  const cut = jpeg().subarray(0, 200);
  assert(/at most 20 pixels, it has 32 × 16/.test(await refused(cut)));
});

Deno.test("what is no picture, or a damaged one, is wrong input", async () => {
  const png = encode(new Uint8Array(4), 2, 2, { color: "gray" });
  for (const bytes of [new Uint8Array(0), new Uint8Array(50), png.subarray(0, 40)]) {
    assertEquals((await assertRejects(() => ownImage(bytes), InputError)).path, ["file"]);
  }
});

Deno.test("a file's name becomes a title without folders and control characters", async () => {
  const own = await ownImage(encode(new Uint8Array(4), 2, 2, { color: "gray" }));
  assertEquals(ownImageMetadata(own, "C:\\scans\\kn\tee.png"), {
    title: "knee.png",
    width: 2,
    height: 2,
    channels: 1,
    depth: 8,
    format: "PNG",
    orientation: 1,
    numbers: [0, 255],
  });
  assertEquals(ownImageMetadata(own, "").title, "Image");
});

Deno.test("a DICOM file gives its middle frame, and is held to the limit by its header", async () => {
  const bytes = await Deno.readFile(new URL("../formats/volumes/frames.dcm", import.meta.url));
  const { width, height, format, channels } = await ownImage(bytes);
  assertEquals([format, channels], ["DICOM", 1]);
  const maxPixels = width * height;
  const error = await assertRejects(() => ownImage(bytes, { maxPixels }), InputError);
  assert(error.message.includes(`at most ${maxPixels} pixels, it has ${width} × ${height}`));
  assertEquals(error.path, ["file"]);
});
