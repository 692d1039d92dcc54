/** The samples of a PNG file, within the bounds of its header, over fast-png. */

import { decode } from "fast-png";
import { deflateSync } from "node:zlib";
import { attempt } from "../../refusal.ts";
import { inflate, mostInflated } from "../inflate.ts";
import { chunk, joined, type PngChunk, pngChunks, refused, SIGNATURE } from "./chunks.ts";
import {
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
  const rows = expandedRows(chunks, header);
  const image = attempt(
    () =>
      header.interlaced && header.depth < 8
        ? fromPasses(rows, header)
        : indicesOf(decodePlain(chunks, header), header),
    refused,
  );
  return { header, chunks, ...resolved(image, chunks, header) };
}

/**
 * fast-png expands whatever the file holds. So it is expanded here first, up to what the header asks for, and must come to
 * exactly that.
 */
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

function decodePlain(chunks: readonly PngChunk[], { color }: PngHeader): Uint8Array | Uint16Array {
  const needed = chunks.filter(({ type }) =>
    ["IHDR", "IDAT", "IEND"].includes(type) || (color === "indexed" && type === "PLTE")
  );
  const file = joined([SIGNATURE, ...needed.map(({ whole }) => whole)]);
  const { data } = decode(file, { checkCrc: true });
  return data instanceof Uint16Array ? data : new Uint8Array(data);
}

/** One number for each sample: those of less than 8 bits stand packed from the left of each byte, each row from a new byte. */
function indicesOf(
  data: Uint8Array | Uint16Array,
  { width, height, depth }: Pick<PngHeader, "width" | "height" | "depth">,
): Uint8Array | Uint16Array {
  if (depth >= 8) return data;
  const lineBytes = Math.ceil(width * depth / 8);
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * lineBytes + (bit >> 3)];
      out[y * width + x] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return out;
}

/** fast-png does not read interlaced files of less than 8 bits, yet each pass by itself is a plain file. */
function fromPasses(rows: Uint8Array, { width, height, depth }: PngHeader): Uint8Array {
  const out = new Uint8Array(width * height);
  let start = 0;
  for (const pass of passesOf({ width, height, depth, color: "gray", interlaced: true })) {
    const file = plainFile(rows.subarray(start, start + pass.bytes), pass, depth);
    const samples = indicesOf(new Uint8Array(decode(file).data), { ...pass, depth });
    samples.forEach((sample, i) => {
      const [column, line] = [i % pass.width, Math.floor(i / pass.width)];
      out[(pass.y + line * pass.stepY) * width + pass.x + column * pass.stepX] = sample;
    });
    start += pass.bytes;
  }
  return out;
}

function plainFile(
  rows: Uint8Array,
  { width, height }: { width: number; height: number },
  depth: number,
): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = depth;
  const data = new Uint8Array(deflateSync(rows, { level: 0 }));
  return joined([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array(0)),
  ]);
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
