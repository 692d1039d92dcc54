/** The samples of a PNG file, within the bounds of its header. */

import { attempt } from "../../refusal.ts";
import { inflate, mostInflated } from "../inflate.ts";
import { checkSum, joined, type PngChunk, pngChunks, refused } from "./chunks.ts";
import { unfilterRows } from "./filter.ts";
import {
  bitsPerPixel,
  channelsOf,
  defaultMaxPixels,
  type PngColor,
  type PngHeader,
  readHeader,
} from "./header.ts";
import { passesOf } from "./passes.ts";

/** A decoded file. */
export interface PngSamples {
  readonly header: PngHeader;
  /** Row by row, `[height, width, channels]`; a Uint16Array where the header says 16 bits. */
  readonly image: Uint8Array | Uint16Array;
  /** Of `image`: palettes are resolved to `rgb`, or `rgba` where they have transparent colors. */
  readonly color: PngColor;
  /** Chunks that are looked at for pixels: header, palette, transparency, data. */
  readonly chunks: readonly PngChunk[];
}

/**
 * Decodes a file. Its size is checked before anything is expanded, and only the chunks that pixels need are looked at:
 * texts and color profiles are skipped. Gray of 1, 2 and 4 bits is scaled to 8.
 *
 * @throws {FormatError} When the file is damaged, or has more than `maxPixels`.
 */
export function pngSamples(bytes: Uint8Array, maxPixels = defaultMaxPixels): PngSamples {
  const chunks = pngChunks(bytes);
  const header = readHeader(chunks[0], maxPixels);
  chunks.filter(({ type }) => NEEDED.includes(type)).forEach(checkSum);
  const image = attempt(() => samplesOf(expandedRows(chunks, header), header), refused);
  return { header, chunks, ...resolved(image, chunks, header) };
}

/** Chunks that pixels need. */
const NEEDED = ["IHDR", "PLTE", "IDAT", "IEND"];

/** Filtered rows, expanded up to what the header asks for; they must come to exactly that. */
function expandedRows(chunks: readonly PngChunk[], header: PngHeader): Uint8Array {
  const expected = passesOf(header).reduce((sum, { bytes }) => sum + bytes, 0);
  const packed = joined(
    chunks.filter(({ type }) => type === "IDAT").map(({ content }) => content),
  );
  if (expected > mostInflated(packed.length)) throw refused("it has too little data for its size");
  let rows: Uint8Array | undefined;
  try {
    rows = inflate(packed, expected);
  } catch (error) {
    if (!(error instanceof RangeError)) throw refused("its data cannot be inflated", error);
  }
  if (rows?.length === expected) return rows;
  throw refused(`expected ${expected} bytes of pixels, it has ${rows?.length ?? "more"}`);
}

/** One number for each sample, in the order of the picture. What is given is overwritten. */
function samplesOf(rows: Uint8Array, header: PngHeader): Uint8Array | Uint16Array {
  const { width, height, depth, interlaced } = header;
  const bits = bitsPerPixel(header);
  const samples = bits / depth;
  const Numbers = depth === 16 ? Uint16Array : Uint8Array;
  // Samples of whole bytes in plain order are never written beyond where the next one is read from.
  const out = interlaced || depth < 8
    ? new Numbers(width * height * samples)
    : new Numbers(rows.buffer as ArrayBuffer, rows.byteOffset, width * height * samples);
  let start = 0;
  for (const pass of passesOf(header)) {
    const line = pass.bytes / pass.height;
    const whole = rows.subarray(start, start += pass.bytes);
    unfilterRows(whole, line, Math.max(1, bits >> 3));
    for (let y = 0; y < pass.height; y++) {
      const row = whole.subarray(y * line + 1, (y + 1) * line);
      let to = ((pass.y + y * pass.stepY) * width + pass.x) * samples;
      for (let i = 0; i < pass.width * samples; to += (pass.stepX - 1) * samples) {
        for (let c = 0; c < samples; c++) out[to++] = sampleAt(row, i++, depth);
      }
    }
  }
  return out;
}

/** Those of less than 8 bits stand packed from the left of each byte, those of 16 have the greater byte first. */
function sampleAt(row: Uint8Array, i: number, depth: number): number {
  if (depth === 8) return row[i];
  if (depth === 16) return (row[2 * i] << 8) | row[2 * i + 1];
  const bit = i * depth;
  return (row[bit >> 3] >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}

/** Numbers as colors: of a palette, or scaled to 8 bits. */
function resolved(
  image: Uint8Array | Uint16Array,
  chunks: readonly PngChunk[],
  { color, depth }: PngHeader,
): { image: Uint8Array | Uint16Array; color: PngColor } {
  if (color === "indexed") return colorsOf(image, chunks);
  if (depth >= 8) return { image, color };
  const largest = 2 ** depth - 1;
  return { image: Uint8Array.from(image, (sample) => sample * 255 / largest), color };
}

function colorsOf(
  indices: Uint8Array | Uint16Array,
  chunks: readonly PngChunk[],
): { image: Uint8Array; color: PngColor } {
  const contentOf = (name: string) => chunks.find(({ type }) => type === name)?.content;
  const [palette, transparency] = [contentOf("PLTE"), contentOf("tRNS")];
  if (!palette?.length || palette.length % 3) throw refused("it has no palette");
  const color = transparency ? "rgba" : "rgb";
  const channels = channelsOf[color];
  const image = new Uint8Array(indices.length * channels);
  indices.forEach((index, i) => {
    if (3 * index >= palette.length) throw refused(`its palette has no color ${index}`);
    image.set(palette.subarray(3 * index, 3 * index + 3), i * channels);
    if (transparency) image[i * channels + 3] = transparency[index] ?? 255;
  });
  return { image, color };
}
