/** PNG files in the call shape of `pngs`: `encode(pixels, width, height, …)` and `decode(bytes)`, over fast-png. */

import { convertIndexedToRgb, decode as decodePixels, encode as encodePixels } from "fast-png";
import { inflate, mostInflated } from "./inflate.ts";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot decode PNG");

/** What the samples of a pixel are. */
export type PngColor = "gray" | "grayAlpha" | "rgb" | "rgba";

const channelsOf = { gray: 1, grayAlpha: 2, rgb: 3, rgba: 4 } satisfies Record<PngColor, number>;

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

/** The most pixels that are decoded unless the caller says otherwise: 2²⁵, as 8192 × 4096. */
export const defaultMaxPixels = 2 ** 25;

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
  const data = encodePixels({ data: pixels, width, height, channels, depth }, {
    zlib: { level: 6 },
  });
  return data as Uint8Array<ArrayBuffer>;
}

/** The header chunk, checked. */
interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly color: PngColor | "indexed";
  readonly interlaced: boolean;
}

/** A part of a PNG file. */
export interface PngChunk {
  /** As `IDAT`. */
  readonly type: string;
  /** With length, type and CRC. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** Color types by their number in the file, with the depths that go with each. */
const colors: Readonly<Record<number, { color: Header["color"]; depths: readonly number[] }>> = {
  0: { color: "gray", depths: [1, 2, 4, 8, 16] },
  2: { color: "rgb", depths: [8, 16] },
  3: { color: "indexed", depths: [1, 2, 4, 8] },
  4: { color: "grayAlpha", depths: [8, 16] },
  6: { color: "rgba", depths: [8, 16] },
};

/**
 * Decodes a PNG file. Its size is checked before anything is expanded, and only the chunks that pixels need are looked
 * at: texts and color profiles are skipped, so is the transparent color of `gray` and `rgb`.
 *
 * @throws {FormatError} When the file is damaged, has more than `maxPixels`, or is interlaced with less than 8 bits.
 */
export function decode(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { maxPixels?: number } = {},
): DecodedPng {
  const chunks = pngChunks(bytes);
  const header = readHeader(chunks[0], maxPixels);
  checkExpandedSize(chunks, header);
  const needed = chunks.filter(({ type }) =>
    ["IHDR", "IDAT", "IEND"].includes(type) ||
    (header.color === "indexed" && ["PLTE", "tRNS"].includes(type))
  );
  const file = concatBytes([bytes.subarray(0, 8), ...needed.map(({ whole }) => whole)]);
  try {
    const decoded = decodePixels(file, { checkCrc: true });
    const pixels = pixelsOf(decoded, header);
    const { image, colorType } = pixels;
    const { width, height } = header;
    const bitDepth = image instanceof Uint16Array ? 16 : 8;
    const lineSize = width * channelsOf[colorType] * bitDepth / 8;
    return { image, width, height, colorType, bitDepth, lineSize };
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
}

function pixelsOf(
  decoded: ReturnType<typeof decodePixels>,
  { color, depth, width, height }: Header,
): { image: Uint8Array | Uint16Array; colorType: PngColor } {
  if (color === "indexed") {
    const colorType = decoded.palette?.[0]?.length === 4 ? "rgba" : "rgb";
    return { image: convertIndexedToRgb(decoded), colorType };
  }
  const data = decoded.data instanceof Uint16Array ? decoded.data : new Uint8Array(decoded.data);
  const image = depth < 8 ? unpack(data, width, height, depth) : data;
  return { image, colorType: color };
}

/** Samples of 1, 2 or 4 bits, packed from the left of each byte, each row from a new byte; scaled to 0 … 255. */
function unpack(data: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const lineBytes = Math.ceil(width * depth / 8);
  const largest = 2 ** depth - 1;
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * lineBytes + (bit >> 3)];
      const sample = (byte >> (8 - depth - (bit & 7))) & largest;
      out[y * width + x] = sample * 255 / largest;
    }
  }
  return out;
}

/**
 * The chunks of a PNG file, from its header to its end. Their content and CRC are not looked at.
 *
 * @throws {FormatError} When the file is truncated, or has not exactly one header.
 */
export function pngChunks(bytes: Uint8Array): PngChunk[] {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (signature.some((byte, i) => bytes[i] !== byte)) throw refused("it has no PNG signature");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: PngChunk[] = [];
  let at = 8;
  while (chunks.at(-1)?.type !== "IEND") {
    if (at + 12 > bytes.length) throw refused("it is truncated");
    const length = view.getUint32(at);
    const end = at + 12 + length;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (end > bytes.length) throw refused(`its chunk ${JSON.stringify(type)} is truncated`);
    chunks.push({ type, whole: bytes.subarray(at, end), content: bytes.subarray(at + 8, end - 4) });
    at = end;
  }
  if (chunks.filter(({ type }) => type === "IHDR").length !== 1) {
    throw refused("expected one header");
  }
  return chunks;
}

function readHeader({ type, content }: PngChunk, maxPixels: number): Header {
  if (type !== "IHDR" || content.length !== 13) throw refused("its header is damaged");
  const view = new DataView(content.buffer, content.byteOffset, 13);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colorNumber, compression, filter, interlace] = content.subarray(8);
  if (width === 0 || height === 0) {
    throw refused(`expected pixels, its size is ${width} × ${height}`);
  }
  if (width * height > maxPixels) {
    throw refused(`expected at most ${maxPixels} pixels, its size is ${width} × ${height}`);
  }
  const kind = colors[colorNumber];
  if (!kind?.depths.includes(depth)) {
    throw refused(`there is no color type ${colorNumber} with ${depth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) throw refused("its header is damaged");
  if (interlace && depth < 8) throw refused(`interlacing with ${depth} bits is not supported`);
  return { width, height, depth, color: kind.color, interlaced: interlace === 1 };
}

/** Offsets and steps of the seven interlaced passes (PNG specification, 8.2): x, y, step x, step y. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/**
 * fast-png expands whatever the file holds. So it is expanded here first, up to what the header asks for, and must come to
 * exactly that.
 */
function checkExpandedSize(chunks: readonly PngChunk[], header: Header): void {
  const { width, height, depth, color, interlaced } = header;
  const bits = depth * (color === "indexed" ? 1 : channelsOf[color]);
  const passes = interlaced ? adam7 : [[0, 0, 1, 1]];
  let expected = 0;
  for (const [x, y, stepX, stepY] of passes) {
    const columns = Math.max(0, Math.ceil((width - x) / stepX));
    const lines = Math.max(0, Math.ceil((height - y) / stepY));
    if (columns > 0) expected += lines * (1 + Math.ceil(columns * bits / 8));
  }
  const packed = concatBytes(
    chunks.filter(({ type }) => type === "IDAT").map(({ content }) => content),
  );
  if (expected > mostInflated(packed.length)) throw refused("it has too little data for its size");
  let actual: number | "more";
  try {
    actual = inflate(packed, expected).length;
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw refused("its data cannot be inflated", error);
    }
    actual = "more";
  }
  if (actual !== expected) throw refused(`expected ${expected} bytes of pixels, it has ${actual}`);
}

function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
