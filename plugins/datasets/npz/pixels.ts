/** From stored pixels to images: numbers of a range become planes in [-1, 1]. */

import { type Images, type ImageShape, sizeOf } from "@countergrade/countergrade";
import type { NumericArray } from "@countergrade/countergrade/formats";

/** How the numbers of images are meant. */
export interface PixelKind {
  /** The numbers that are black and white. */
  readonly range: readonly [black: number, white: number];
  /** `[n, c, h, w]` instead of `[n, h, w, c]`. */
  readonly planar: boolean;
}

/** Bytes with their channels last. */
export const BYTES: PixelKind = { range: [0, 255], planar: false };

/**
 * The images at some places of `pixels`.
 *
 * @param imageShape `[c, h, w]`, or `[c, d, h, w]`.
 */
export function imagesOf(
  pixels: NumericArray,
  [channels, ...space]: ImageShape,
  places: readonly number[],
  { range: [black, white], planar }: PixelKind = BYTES,
): Images {
  const plane = sizeOf(space);
  const half = (white - black) / 2;
  const [ofChannel, step] = planar ? [plane, 1] : [1, channels];
  const data = new Float32Array(places.length * channels * plane);
  places.forEach((place, n) => {
    for (let c = 0; c < channels; c++) {
      const target = (n * channels + c) * plane;
      const source = place * plane * channels + c * ofChannel;
      for (let i = 0; i < plane; i++) {
        data[target + i] = (pixels[source + i * step] - black) / half - 1;
      }
    }
  });
  return { shape: [places.length, channels, ...space], data };
}

/** Bits that detectors have. */
const BITS = [8, 10, 12, 14, 16];

/**
 * What black and white are, by the type of the numbers and what they are: bytes 0 to 255; whole numbers of 16 bits 0 to the
 * most that 8, 10, 12, 14 or 16 bits hold; real numbers 0 to 1, -1 to 1 or 0 to 255, whichever holds them; else the least
 * to the greatest.
 */
export function rangeOf(dtype: string, arrays: readonly NumericArray[]): PixelKind["range"] {
  if (dtype === "u1") return BYTES.range;
  let [low, high] = [Infinity, -Infinity];
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) {
      if (array[i] < low) low = array[i];
      if (array[i] > high) high = array[i];
    }
  }
  const candidates: [number, number][] = dtype === "u2"
    ? BITS.map((bits) => [0, 2 ** bits - 1])
    : [[0, 1], [-1, 1], [0, 255]];
  return candidates.find(([from, to]) => from <= low && high <= to) ??
    [low, high > low ? high : low + 1];
}
