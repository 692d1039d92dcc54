/** PNG files with numbers as they are meant: samples of 16 bits as such, colors by name, sizes within a bound. */

import { BitDepth, ColorType, encode as encodePng } from "pngs";
import { byteSwapped } from "../byte_order.ts";
import { channelsOf, type PngColor } from "./header.ts";
import { pngSamples } from "./samples.ts";

/** How pixels are encoded. */
export interface PngEncodeOptions {
  /** `rgba` by default. */
  readonly color?: PngColor;
  /** Bits per sample; 8 by default. 16 takes a Uint16Array. */
  readonly depth?: 8 | 16;
}

/** A decoded file; `encode(image, width, height, { color: colorType, depth: bitDepth })` gives the same pixels. */
export interface DecodedPng {
  /** Samples, row by row, `[height, width, channels]`; a Uint16Array where `bitDepth` is 16. */
  readonly image: Uint8Array | Uint16Array;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Of `image`: palettes are resolved to `rgb` or `rgba`. */
  readonly colorType: PngColor;
  /** Of `image`: 1, 2 and 4 bit samples are scaled to 8. */
  readonly bitDepth: 8 | 16;
  /** Bytes per row of `image`. */
  readonly lineSize: number;
}

const CODES = {
  gray: ColorType.Grayscale,
  grayAlpha: ColorType.GrayscaleAlpha,
  rgb: ColorType.RGB,
  rgba: ColorType.RGBA,
} satisfies Record<PngColor, number>;

/**
 * Encodes pixels as a PNG file. The same pixels give the same bytes.
 *
 * @param pixels Samples, row by row, `[height, width, channels]`.
 * @throws {TypeError} When the number or the type of the samples does not fit.
 * @example
 * ```ts
 * import { decode } from "./png.ts";
 * import { encode } from "@countergrade/countergrade/formats";
 * import { assertEquals } from "@std/assert";
 *
 * const png = encode(Uint16Array.of(0, 300, 65535, 7), 2, 2, { color: "gray", depth: 16 });
 * const { image, colorType } = decode(png);
 * assertEquals(image, Uint16Array.of(0, 300, 65535, 7));
 * assertEquals(colorType, "gray");
 * ```
 */
export function encode(
  pixels: Uint8Array | Uint16Array,
  width: number,
  height: number,
  { color = "rgba", depth = 8 }: PngEncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const channels = channelsOf[color];
  const isCount = (n: number) => Number.isInteger(n) && n > 0;
  if (!isCount(width) || !isCount(height) || pixels.length !== width * height * channels) {
    throw new TypeError(
      `Cannot encode PNG: expected ${width} × ${height} × ${channels} samples, ` +
        `current length is ${pixels.length}`,
    );
  }
  if (pixels instanceof Uint16Array !== (depth === 16)) {
    throw new TypeError(
      `Cannot encode PNG: expected a ${
        depth === 16 ? "Uint16Array" : "Uint8Array"
      } for depth ${depth}`,
    );
  }
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const options = {
    color: CODES[color],
    depth: depth === 16 ? BitDepth.Sixteen : BitDepth.Eight,
  };
  const file = encodePng(depth === 16 ? byteSwapped(bytes, 2) : bytes, width, height, options);
  return file as Uint8Array<ArrayBuffer>;
}

/**
 * Decodes a PNG file. Its size is checked before anything is expanded, and only the chunks that pixels need are looked
 * at: texts and color profiles are skipped, so is the transparent color of `gray` and `rgb`.
 *
 * @throws {FormatError} When the file is damaged, or has more than `maxPixels`.
 */
export function decode(
  bytes: Uint8Array,
  { maxPixels }: { maxPixels?: number } = {},
): DecodedPng {
  const { header: { width, height }, image, color } = pngSamples(bytes, maxPixels);
  const lineSize = width * channelsOf[color] * image.BYTES_PER_ELEMENT;
  const bitDepth = image instanceof Uint16Array ? 16 : 8;
  return { image, width, height, colorType: color, bitDepth, lineSize };
}
