/**
 * PNG by the API of `pngs` 0.1.1 (deno.land/x/pngs), so that one line of the import map changes between the two: numbers
 * as codes, samples of 16 bits as bytes, the more significant first.
 *
 * @module
 */

import { constants, deflateSync, type ZlibOptions } from "node:zlib";
import { byteSwapped } from "../byte_order.ts";
import { chunk, joined, SIGNATURE, words } from "./chunks.ts";
import { channelsOf, type PngColor } from "./header.ts";
import { filteredRows } from "./filter.ts";
import { type PngSamples, pngSamples } from "./samples.ts";

type ValueOf<T> = T[keyof T];

/** What a pixel is, by its number in the file. */
export const ColorType = {
  Grayscale: 0,
  RGB: 2,
  Indexed: 3,
  GrayscaleAlpha: 4,
  RGBA: 6,
};

/** Bits of a sample. */
export const BitDepth = {
  One: 1,
  Two: 2,
  Four: 4,
  Eight: 8,
  Sixteen: 16,
};

/** How hard it is tried to make the file small. */
export const Compression = {
  Default: 0,
  Fast: 1,
  Best: 2,
  Huffman: 3,
  Rle: 4,
};

/** What is stored of a sample: itself, or its difference from a guess by its neighbors. */
export const FilterType = {
  NoFilter: 0,
  Sub: 1,
  Up: 2,
  Avg: 3,
  Paeth: 4,
};

/** A decoded file. */
export interface DecodeResult {
  /** Row by row; palettes are colors, and what had less than 8 bits has 8. */
  image: Uint8Array;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** One of {@linkcode ColorType}. */
  colorType: ValueOf<typeof ColorType>;
  /** One of {@linkcode BitDepth}. */
  bitDepth: ValueOf<typeof BitDepth>;
  /** Bytes of a row of `image`. */
  lineSize: number;
}

/** How an image is encoded; without a word RGBA of 8 bits. */
export interface EncodeOptions {
  /** Of `Indexed`: red, green and blue of each color. */
  palette?: Uint8Array;
  /** Opacity of the palette's colors, or the color that is transparent (PNG specification, 11.3.2.1). */
  trns?: Uint8Array;
  /** One of {@linkcode ColorType}. */
  color?: ValueOf<typeof ColorType>;
  /** One of {@linkcode BitDepth}. */
  depth?: ValueOf<typeof BitDepth>;
  /** One of {@linkcode Compression}. */
  compression?: ValueOf<typeof Compression>;
  /** One of {@linkcode FilterType}; `Sub` by default. */
  filter?: ValueOf<typeof FilterType>;
  /** Every fourth byte of `image` is left out. */
  stripAlpha?: boolean;
}

const PACKING: Readonly<Record<number, ZlibOptions>> = {
  [Compression.Default]: { level: 6 },
  [Compression.Fast]: { level: 1 },
  [Compression.Best]: { level: 9 },
  [Compression.Huffman]: { strategy: constants.Z_HUFFMAN_ONLY },
  [Compression.Rle]: { strategy: constants.Z_RLE },
};

const CHANNELS: Readonly<Record<number, number>> = {
  [ColorType.Grayscale]: 1,
  [ColorType.RGB]: 3,
  [ColorType.Indexed]: 1,
  [ColorType.GrayscaleAlpha]: 2,
  [ColorType.RGBA]: 4,
};

/**
 * Encodes an image as a PNG file.
 *
 * @param image As the file holds it: rows of whole bytes, less than 8 bits packed from the left, 16 with the more
 * significant byte first.
 * @throws {TypeError} When the image has another length, or there is no such kind of file.
 * @example
 * ```ts
 * import { decode, encode } from "pngs";
 * import { assertEquals } from "@std/assert";
 *
 * const data = Uint8Array.of(255, 0, 0, 255, 0, 0, 0, 255);
 * assertEquals(decode(encode(data, 2, 1)).image, data);
 * ```
 */
export function encode(
  image: Uint8Array,
  width: number,
  height: number,
  options: EncodeOptions = {},
): Uint8Array {
  const { palette, trns, color = ColorType.RGBA, depth = BitDepth.Eight } = options;
  const { compression = Compression.Default, filter = FilterType.Sub } = options;
  const bytes = options.stripAlpha ? image.filter((_, i) => i % 4 !== 3) : image;
  checkKind(color, depth, palette);
  const bits = CHANNELS[color] * depth;
  const line = Math.ceil(width * bits / 8);
  const isCount = (n: number) => Number.isInteger(n) && n > 0 && n < 2 ** 31;
  if (!isCount(width) || !isCount(height) || bytes.length !== line * height) {
    throw new TypeError(
      `Cannot encode PNG: expected ${line * height} bytes for ${width} × ${height} pixels, ` +
        `there are ${bytes.length}`,
    );
  }
  const rows = filteredRows(bytes, line, Math.max(1, bits >> 3), filter);
  const packed = deflateSync(rows, PACKING[compression] ?? PACKING[Compression.Default]);
  return joined([
    SIGNATURE,
    chunk("IHDR", Uint8Array.of(...words(width, height), depth, color, 0, 0, 0)),
    ...palette ? [chunk("PLTE", palette)] : [],
    ...trns ? [chunk("tRNS", trns)] : [],
    chunk("IDAT", packed),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

function checkKind(color: number, depth: number, palette: Uint8Array | undefined): void {
  const small = color === ColorType.Grayscale || color === ColorType.Indexed;
  const fits = depth === 8 || (depth === 16 && color !== ColorType.Indexed) ||
    (small && [1, 2, 4].includes(depth));
  if (CHANNELS[color] === undefined || !fits) {
    throw new TypeError(`Cannot encode PNG: there is no color type ${color} with ${depth} bits`);
  }
  if (color === ColorType.Indexed && !palette) {
    throw new TypeError("Cannot encode PNG: expected a palette for indexed colors");
  }
}

const CODES = {
  gray: ColorType.Grayscale,
  grayAlpha: ColorType.GrayscaleAlpha,
  rgb: ColorType.RGB,
  rgba: ColorType.RGBA,
} satisfies Record<PngColor, number>;

/**
 * Decodes a PNG file. A transparent color becomes opacity. (The original gives of 16 bits the upper 8; here they stay.)
 *
 * @throws {FormatError} When the file is damaged, or has more than 2²⁵ pixels.
 */
export function decode(image: Uint8Array): DecodeResult {
  const samples = keyed(pngSamples(image));
  const { width, height } = samples.header;
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = samples.image;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return {
    image: BYTES_PER_ELEMENT === 2 ? byteSwapped(bytes, 2) : bytes,
    width,
    height,
    colorType: CODES[samples.color],
    bitDepth: BYTES_PER_ELEMENT === 2 ? BitDepth.Sixteen : BitDepth.Eight,
    lineSize: byteLength / height,
  };
}

/** With a channel of opacity where gray or RGB have a transparent color. */
function keyed(samples: PngSamples): PngSamples {
  const { header, chunks, image, color } = samples;
  const key = chunks.find(({ type }) => type === "tRNS")?.content;
  if (!key || (header.color !== "gray" && header.color !== "rgb")) return samples;
  const channels = channelsOf[header.color];
  const largest = 2 ** header.depth - 1;
  const shown = header.depth < 8 ? 255 / largest : 1;
  const transparent = Array.from(
    { length: channels },
    (_, c) => (((key[2 * c] << 8) | key[2 * c + 1]) & largest) * shown,
  );
  const opaque = image.BYTES_PER_ELEMENT === 2 ? 65_535 : 255;
  const out = new (image.constructor as Uint8ArrayConstructor)(
    image.length / channels * (channels + 1),
  );
  for (let i = 0, to = 0; i < image.length; i += channels) {
    const isKey = transparent.every((value, c) => image[i + c] === value);
    for (let c = 0; c < channels; c++) out[to++] = image[i + c];
    out[to++] = isKey ? 0 : opaque;
  }
  return { ...samples, image: out, color: color === "gray" ? "grayAlpha" : "rgba" };
}
