/** PNG: round trips, small depths and palettes, the size limit, and damage. */

import { FormatError } from "@countergrade/countergrade";
import { encode } from "@countergrade/countergrade/formats";
import { decode } from "../../../../core/formats/png/png.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { encode as encodeFastPng } from "fast-png";
import { zlibSync } from "fflate";
import { crc32 } from "node:zlib";

const channels = { gray: 1, grayAlpha: 2, rgb: 3, rgba: 4 } as const;

/** A PNG of these header fields and chunks, with right checksums. */
function file(
  [width, height, depth, color, interlace = 0]: number[],
  pixels: Uint8Array,
  extra: [string, Uint8Array][] = [],
): Uint8Array {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([depth, color, 0, 0, interlace], 8);
  const chunk = ([type, content]: [string, Uint8Array]) => {
    const out = new Uint8Array(12 + content.length);
    const view = new DataView(out.buffer);
    view.setUint32(0, content.length);
    out.set(new TextEncoder().encode(type), 4);
    out.set(content, 8);
    view.setUint32(8 + content.length, crc32(out.subarray(4, 8 + content.length)));
    return [...out];
  };
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk(["IHDR", header]),
    ...extra.flatMap(chunk),
    ...chunk(["IDAT", zlibSync(pixels)]),
    ...chunk(["IEND", new Uint8Array(0)]),
  ]);
}

Deno.test("png: pixels of every color and depth round trip", () => {
  fc.assert(fc.property(
    fc.constantFrom(...(Object.keys(channels) as (keyof typeof channels)[])),
    fc.constantFrom(8 as const, 16 as const),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
    fc.nat(),
    (color, depth, width, height, seed) => {
      const size = width * height * channels[color];
      const numbers = Array.from({ length: size }, (_, i) => (seed + i * 7919) % 2 ** depth);
      const pixels = depth === 16 ? Uint16Array.from(numbers) : Uint8Array.from(numbers);
      assertEquals(decode(encode(pixels, width, height, { color, depth })), {
        image: pixels,
        width,
        height,
        colorType: color,
        bitDepth: depth,
        lineSize: width * channels[color] * depth / 8,
      });
    },
  ));
});

Deno.test("png: RGBA at 8 bits is the default, as in pngs", () => {
  const { colorType, bitDepth } = decode(encode(Uint8Array.of(1, 2, 3, 4), 1, 1));
  assertEquals([colorType, bitDepth], ["rgba", 8]);
});

Deno.test("png: pixels that do not fit are refused", () => {
  const gray = { color: "gray" } as const;
  assertThrows(() => encode(new Uint8Array(5), 2, 2, gray), TypeError, "2 × 2 × 1 samples");
  assertThrows(() => encode(new Uint8Array(0), 0, 2, gray), TypeError);
  assertThrows(() => encode(new Uint16Array(4), 2, 2, gray), TypeError, "expected a Uint8Array");
  assertThrows(
    () => encode(new Uint8Array(4), 2, 2, { ...gray, depth: 16 }),
    TypeError,
    "expected a Uint16Array",
  );
});

Deno.test("png: gray of 1, 2 and 4 bits is scaled to 8", () => {
  // Rows of a filter byte and packed samples; the unused bits of a row's last byte are set.
  assertEquals(
    decode(file([3, 2, 1, 0], Uint8Array.of(0, 0b10111111, 0, 0b01011111))).image,
    Uint8Array.of(255, 0, 255, 0, 255, 0),
  );
  assertEquals(
    decode(file([5, 1, 2, 0], Uint8Array.of(0, 0b00011011, 0b10111111))).image,
    Uint8Array.of(0, 85, 170, 255, 170),
  );
  assertEquals(
    decode(file([3, 1, 4, 0], Uint8Array.of(0, 0x0f, 0x8f))).image,
    Uint8Array.of(0, 255, 136),
  );
});

Deno.test("png: palettes become RGB, or RGBA with transparency", () => {
  const palette: [string, Uint8Array] = ["PLTE", Uint8Array.of(1, 2, 3, 9, 8, 7)];
  const rgb = decode(file([3, 1, 1, 3], Uint8Array.of(0, 0b01000000), [palette]));
  assertEquals([rgb.colorType, rgb.bitDepth, rgb.lineSize], ["rgb", 8, 9]);
  assertEquals(rgb.image, Uint8Array.of(1, 2, 3, 9, 8, 7, 1, 2, 3));
  const alpha: [string, Uint8Array] = ["tRNS", Uint8Array.of(50)];
  const rgba = decode(file([2, 1, 8, 3], Uint8Array.of(0, 1, 0), [palette, alpha]));
  assertEquals(rgba.image, Uint8Array.of(9, 8, 7, 255, 1, 2, 3, 50));
});

Deno.test("png: interlaced files are read", () => {
  for (const [width, height] of [[1, 1], [3, 5], [11, 9]]) {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => i * 5);
    const png = encodeFastPng({ width, height, data, channels: 3 }, { interlace: "Adam7" });
    assertEquals(decode(png).image, data);
  }
});

Deno.test("png: interlaced files of less than 8 bits are read as plain ones", () => {
  // 5 × 3 pixels of 2 bits; passes 1, 2, 4, 5, 6 and 7 have pixels (pass 3 begins in row 4).
  const plain = decode(
    file([5, 3, 2, 0], Uint8Array.of(0, 0x1b, 0x40, 0, 0xe4, 0x80, 0, 0x1e, 0xc0)),
  );
  // Row 0: 0 1 2 3 1; row 1: 3 2 1 0 2; row 2: 0 1 3 2 3.
  assertEquals([...plain.image].map((v) => v / 85), [0, 1, 2, 3, 1, 3, 2, 1, 0, 2, 0, 1, 3, 2, 3]);
  const packed = (samples: number[]) => {
    const out = new Uint8Array(Math.ceil(samples.length / 4));
    samples.forEach((v, i) => out[i >> 2] |= v << (6 - 2 * (i & 3)));
    return [0, ...out];
  };
  const rows = [[0], [1], [2], [0, 3, 3], [1, 3], [1, 2], [3, 2, 1, 0, 2]];
  const interlaced = file([5, 3, 2, 0, 1], Uint8Array.from(rows.flatMap(packed)));
  assertEquals(decode(interlaced).image, plain.image);
});

Deno.test("png: more pixels than allowed are refused before they are expanded", () => {
  const large = encode(new Uint8Array(1000 * 1000), 1000, 1000, { color: "gray" });
  assertThrows(() => decode(large, { maxPixels: 999_999 }), FormatError, "size is 1000 × 1000");
  assertEquals(decode(large, { maxPixels: 1_000_000 }).width, 1000);
  const claim = file([60_000, 60_000, 8, 0], new Uint8Array(10));
  assertThrows(() => decode(claim), FormatError, "at most 33554432 pixels");
});

Deno.test("png: a bomb behind an honest header is not expanded", () => {
  const bomb = file([1, 1, 8, 0], new Uint8Array(2 ** 26));
  assert(bomb.length < 2 ** 17);
  assertThrows(() => decode(bomb), FormatError, "expected 2 bytes of pixels, it has more");
});

Deno.test("png: damage is a FormatError that says what is wrong", async (t) => {
  const good = encode(Uint8Array.of(1, 2, 3, 4), 2, 2, { color: "gray" });
  const cases: [string, Uint8Array, string][] = [
    ["empty", new Uint8Array(0), "no PNG signature"],
    ["foreign", new TextEncoder().encode("GIF89a"), "no PNG signature"],
    ["truncated", good.slice(0, -1), "truncated"],
    ["end missing", good.slice(0, -12), "truncated"],
    ["checksum", good.with(good.length - 1, 0), "CRC"],
    ["no pixels", file([0, 2, 8, 0], new Uint8Array(2)), "0 × 2"],
    ["depth", file([1, 1, 4, 2], new Uint8Array(2)), "no color type 2 with 4 bits"],
    ["color", file([1, 1, 8, 5], new Uint8Array(2)), "no color type 5"],
    ["too little", file([2, 2, 8, 0], new Uint8Array(3)), "expected 6 bytes of pixels, it has 3"],
    ["far too little", file([5000, 5000, 8, 0], new Uint8Array(3)), "too little data"],
    ["filter", file([1, 1, 8, 0], Uint8Array.of(9, 0)), "filter"],
    ["no palette", file([1, 1, 8, 3], Uint8Array.of(0, 0)), "palette"],
    [
      "beyond the palette",
      file([1, 1, 8, 3], Uint8Array.of(0, 1), [["PLTE", new Uint8Array(3)]]),
      "palette",
    ],
    [
      "second header",
      file([1, 1, 8, 0], Uint8Array.of(0, 1), [["IHDR", new Uint8Array(13)]]),
      "one header",
    ],
  ];
  for (const [name, bytes, message] of cases) {
    await t.step(name, () => {
      assertThrows(() => decode(bytes), FormatError, message);
    });
  }
});

Deno.test("png: no flipped or missing byte causes anything but a FormatError", () => {
  const bytes = file([3, 2, 8, 3], Uint8Array.of(0, 0, 1, 0, 0, 1, 1, 0), [
    ["PLTE", new Uint8Array(6)],
    ["tRNS", new Uint8Array(2)],
  ]);
  fc.assert(
    fc.property(
      fc.nat(bytes.length - 1),
      fc.nat(255),
      fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
      (at, value, length) => {
        const damaged = bytes.slice(0, length);
        if (at < length) damaged[at] = value;
        try {
          decode(damaged);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      },
    ),
    { numRuns: 1000 },
  );
});
