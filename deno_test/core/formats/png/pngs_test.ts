/** The entry `pngs` of the import map: the documented API of pngs 0.1.1, letter by letter. */

import { FormatError } from "@countergrade/countergrade";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decode as decodeFastPng } from "fast-png";
import * as pngs from "pngs";
import { pngChunks } from "../../../../core/formats/png/chunks.ts";

const { BitDepth, ColorType, Compression, decode, encode, FilterType } = pngs;

Deno.test("pngs has the names and codes of the original", () => {
  assertEquals(Object.keys(pngs).sort(), [
    "BitDepth",
    "ColorType",
    "Compression",
    "FilterType",
    "decode",
    "encode",
  ]);
  assertEquals(ColorType, { Grayscale: 0, RGB: 2, Indexed: 3, GrayscaleAlpha: 4, RGBA: 6 });
  assertEquals(BitDepth, { One: 1, Two: 2, Four: 4, Eight: 8, Sixteen: 16 });
  assertEquals(Compression, { Default: 0, Fast: 1, Best: 2, Huffman: 3, Rle: 4 });
  assertEquals(FilterType, { NoFilter: 0, Sub: 1, Up: 2, Avg: 3, Paeth: 4 });
});

Deno.test("without options an image is RGBA of 8 bits", () => {
  const image = Uint8Array.of(255, 0, 0, 255, 0, 0, 0, 7);
  assertEquals(decode(encode(image, 2, 1)), {
    image,
    width: 2,
    height: 1,
    colorType: ColorType.RGBA,
    bitDepth: BitDepth.Eight,
    lineSize: 8,
  });
});

Deno.test("every color, filter and compression round trips, and another decoder agrees", () => {
  const channels = { Grayscale: 1, GrayscaleAlpha: 2, RGB: 3, RGBA: 4 };
  fc.assert(fc.property(
    fc.constantFrom(...Object.keys(channels) as (keyof typeof channels)[]),
    fc.constantFrom(8, 16),
    fc.constantFrom(...Object.values(FilterType)),
    fc.constantFrom(...Object.values(Compression)),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
    fc.nat(),
    (color, depth, filter, compression, width, height, seed) => {
      const lineSize = width * channels[color] * depth / 8;
      const image = Uint8Array.from({ length: lineSize * height }, (_, i) => seed + i * i * 37);
      const options = { color: ColorType[color], depth, filter, compression };
      const png = encode(image, width, height, options);
      assertEquals(decode(png), {
        image,
        width,
        height,
        colorType: ColorType[color],
        bitDepth: depth,
        lineSize,
      });
      const { data } = decodeFastPng(png, { checkCrc: true });
      const numbers = depth === 8
        ? image
        : Uint16Array.from({ length: image.length / 2 }, (_, i) =>
          image[2 * i] << 8 | image[2 * i + 1]);
      assertEquals([...data], [...numbers]);
    },
  ));
});

Deno.test("samples of 16 bits are bytes, the more significant first, in the file too", () => {
  const gray16 = { color: ColorType.Grayscale, depth: BitDepth.Sixteen };
  const png = encode(Uint8Array.of(1, 2, 3, 4), 2, 1, gray16);
  assertEquals([...decodeFastPng(png).data], [0x0102, 0x0304]);
});

Deno.test("gray of 1, 2 and 4 bits is given packed, and comes back with 8 bits", () => {
  const cases = [[1, 0b10100000, 255, 0, 255], [2, 0b00011000, 0, 85, 170], [4, 0xf8, 255, 136]];
  for (const [depth, first, ...expected] of cases) {
    const png = encode(Uint8Array.of(first), expected.length, 1, { color: 0, depth });
    assertEquals(pngChunks(png)[0].content[8], depth);
    const { image, bitDepth, colorType, lineSize } = decode(png);
    assertEquals([...image], expected);
    assertEquals([bitDepth, colorType, lineSize], [8, 0, expected.length]);
  }
  const rows = encode(Uint8Array.of(0x80, 0x40), 3, 2, { color: 0, depth: 1 });
  assertEquals([...decode(rows).image], [255, 0, 0, 0, 255, 0]);
});

Deno.test("indices of a palette become colors, with opacity where trns has some", () => {
  const palette = Uint8Array.of(1, 2, 3, 9, 8, 7);
  for (const [depth, first] of [[1, 0b01000000], [2, 0b00010000], [4, 0x01]]) {
    const options = { color: ColorType.Indexed, depth, palette };
    const plain = decode(encode(Uint8Array.of(first), 2, 1, options));
    assertEquals([plain.colorType, plain.bitDepth, plain.lineSize], [ColorType.RGB, 8, 6]);
    assertEquals(plain.image, Uint8Array.of(1, 2, 3, 9, 8, 7));
    const clear = decode(
      encode(Uint8Array.of(first), 2, 1, { ...options, trns: Uint8Array.of(50) }),
    );
    assertEquals(clear.colorType, ColorType.RGBA);
    assertEquals(clear.image, Uint8Array.of(1, 2, 3, 50, 9, 8, 7, 255));
  }
});

Deno.test("the transparent color of gray and RGB becomes opacity", () => {
  const gray = encode(Uint8Array.of(7, 8), 2, 1, { color: 0, trns: Uint8Array.of(0, 8) });
  assertEquals(decode(gray).image, Uint8Array.of(7, 255, 8, 0));
  assertEquals(decode(gray).colorType, ColorType.GrayscaleAlpha);
  const trns = Uint8Array.of(0, 1, 0, 2, 0, 3);
  const rgb = decode(encode(Uint8Array.of(1, 2, 3, 1, 2, 4), 2, 1, { color: 2, trns }));
  assertEquals(rgb.image, Uint8Array.of(1, 2, 3, 0, 1, 2, 4, 255));
  assertEquals(rgb.lineSize, 8);
});

Deno.test("stripAlpha leaves every fourth byte out", () => {
  const image = Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255);
  const png = encode(image, 2, 1, { color: ColorType.RGB, stripAlpha: true });
  assertEquals(decode(png).image, Uint8Array.of(1, 2, 3, 4, 5, 6));
});

Deno.test("filters and compressions make another file of the same pixels", () => {
  const image = new Uint8Array(64 * 64).map((_, i) => (i >> 6) * 3 + (i & 63));
  const sizes = Object.values(FilterType).map((filter) =>
    encode(image, 64, 64, { color: ColorType.Grayscale, filter }).length
  );
  assert(sizes[FilterType.Paeth] < sizes[FilterType.NoFilter] / 2, `${sizes}`);
  const packed = Object.values(Compression).map((compression) =>
    encode(image, 64, 64, { color: ColorType.Grayscale, compression }).length
  );
  assert(packed[Compression.Best] < packed[Compression.Huffman], `${packed}`);
});

Deno.test("what fits no file is refused", () => {
  assertThrows(() => encode(new Uint8Array(7), 2, 1), TypeError, "expected 8 bytes");
  assertThrows(() => encode(new Uint8Array(0), 0, 1), TypeError);
  const indexed = { color: ColorType.Indexed };
  assertThrows(() => encode(new Uint8Array(2), 2, 1, indexed), TypeError, "palette");
  assertThrows(() => encode(new Uint8Array(2), 2, 1, { color: 2, depth: 4 }), TypeError, "4 bits");
  assertThrows(() => encode(new Uint8Array(2), 2, 1, { color: 5 }), TypeError, "color type 5");
  assertThrows(() => decode(new Uint8Array(8)), FormatError, "no PNG signature");
});
