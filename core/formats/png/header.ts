/** The header of a PNG file, checked before anything is expanded. */

import { type PngChunk, refused } from "./chunks.ts";

/** What the samples of a pixel are. */
export type PngColor = "gray" | "grayAlpha" | "rgb" | "rgba";

/** Samples of a pixel. */
export const channelsOf = { gray: 1, grayAlpha: 2, rgb: 3, rgba: 4 } satisfies Record<
  PngColor,
  number
>;

/** The most pixels that are decoded unless the caller says otherwise: 2²⁵, as 8192 × 4096. */
export const defaultMaxPixels = 2 ** 25;

/** See {@linkcode readHeader}. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly color: PngColor | "indexed";
  readonly interlaced: boolean;
}

/** Color types by their number in the file, with the depths that go with each. */
const colors: Readonly<Record<number, { color: PngHeader["color"]; depths: readonly number[] }>> = {
  0: { color: "gray", depths: [1, 2, 4, 8, 16] },
  2: { color: "rgb", depths: [8, 16] },
  3: { color: "indexed", depths: [1, 2, 4, 8] },
  4: { color: "grayAlpha", depths: [8, 16] },
  6: { color: "rgba", depths: [8, 16] },
};

/**
 * Reads the first chunk of a file.
 *
 * @throws {FormatError} When it is no header, or speaks of no pixels or more than `maxPixels`.
 */
export function readHeader({ type, content }: PngChunk, maxPixels: number): PngHeader {
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
  return { width, height, depth, color: kind.color, interlaced: interlace === 1 };
}

/** Bits of a pixel as it is stored. */
export function bitsPerPixel({ depth, color }: PngHeader): number {
  return depth * (color === "indexed" ? 1 : channelsOf[color]);
}
