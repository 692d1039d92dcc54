/** Animated PNG: its chunks against the specification, and every frame's pixels. */

import { FormatError } from "@countergrade/countergrade";
import { animatedPng, encode } from "@countergrade/countergrade/formats";
import { pngChunks } from "../../../../core/formats/png/chunks.ts";
import { decode } from "../../../../core/formats/png/png.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { crc32 } from "node:zlib";

const stills = [10, 20, 30, 40].map((value) =>
  encode(Uint8Array.from({ length: 12 }, (_, i) => value + i), 2, 2, { color: "rgb" })
);

/** The frames of an animation as still PNGs, with the delay of each in ms; sequence numbers and checksums are checked. */
function framesOf(animation: Uint8Array) {
  const chunks = pngChunks(animation);
  const word = (bytes: Uint8Array, at: number) =>
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
  const short = (bytes: Uint8Array, at: number) =>
    new DataView(bytes.buffer, bytes.byteOffset).getUint16(at);
  for (const { whole } of chunks) {
    assertEquals(word(whole, whole.length - 4), crc32(whole.subarray(4, -4)));
  }
  const numbered = chunks.filter(({ type }) => type === "fcTL" || type === "fdAT");
  assertEquals(numbered.map(({ content }) => word(content, 0)), numbered.map((_, i) => i));
  const delays = chunks.filter(({ type }) => type === "fcTL").map(({ content }) => {
    assertEquals([word(content, 4), word(content, 8)], [2, 2]);
    return 1000 * short(content, 20) / short(content, 22);
  });
  const still = chunks.filter(({ type }) => !/^(acTL|fcTL|fdAT)$/.test(type));
  const pixels = chunks.filter(({ type }) => type === "IDAT" || type === "fdAT").map(
    ({ type, content }) => {
      const data = type === "IDAT" ? content : content.subarray(4);
      const body = Uint8Array.of(0x49, 0x44, 0x41, 0x54, ...data);
      const [length, crc] = [data.length, crc32(body)].map((n) => [n >>> 24, n >> 16, n >> 8, n]);
      const file = still.flatMap(({ type, whole }) =>
        type === "IDAT" ? [...length, ...body, ...crc] : [...whole]
      );
      return decode(Uint8Array.of(...animation.subarray(0, 8), ...file)).image[0];
    },
  );
  const [{ content: control }] = chunks.filter(({ type }) => type === "acTL");
  return { pixels, delays, count: word(control, 0), plays: word(control, 4) };
}

Deno.test("frames go forth and back for ever, each with its pixels and its time", () => {
  assertEquals(framesOf(animatedPng(stills, { delay: 250 })), {
    pixels: [10, 20, 30, 40, 30, 20],
    delays: [250, 250, 250, 250, 250, 250],
    count: 6,
    plays: 0,
  });
  assertEquals(framesOf(animatedPng(stills, { back: false })).pixels, [10, 20, 30, 40]);
  assertEquals(framesOf(animatedPng(stills.slice(0, 2))).pixels, [10, 20]);
  assertEquals(framesOf(animatedPng(stills.slice(0, 1))).count, 1);
  assertEquals(framesOf(animatedPng(stills)).delays[0], 500);
});

Deno.test("frames of another size, no frames, damaged ones and odd delays are refused", () => {
  const larger = encode(new Uint8Array(18), 3, 2, { color: "rgb" });
  assertThrows(() => animatedPng([stills[0], larger]), FormatError, "frame 1");
  assertThrows(() => animatedPng([stills[0].subarray(0, 30)]), FormatError);
  assertThrows(() => animatedPng([]), RangeError);
  for (const delay of [9, 60_001, NaN]) {
    assertThrows(() => animatedPng(stills, { delay }), RangeError);
  }
});
