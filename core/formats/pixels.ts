/** The samples of a picture as a decoder left them: rows are read when they are needed, so that a large one is never copied. */

import type { Orientation } from "./jpeg/exif.ts";
import type { Images } from "../tensor.ts";

/** One picture. Sample (channel, y, x) is `data[start + channel·strides[0] + y·strides[1] + x·strides[2]]`. */
export interface Pixels {
  /** 1 is gray, 3 is RGB. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array | Uint16Array | Float32Array;
  /** Half of the greatest number that a sample can be, which is white; absent where samples are intensities in [-1, 1]. */
  readonly half?: number;
  readonly start: number;
  readonly strides: readonly [channel: number, row: number, column: number];
  /** Intensities that are black and white, -1 and 1 where absent. */
  readonly shown?: readonly [black: number, white: number];
}

/** The one picture of images `[1, c, h, w]`. */
export function pixelsOf({ shape: [, channels, height, width], data }: Images): Pixels {
  return { channels, height, width, data, start: 0, strides: [height * width, width, 1] };
}

/** All of a picture, `[1, c, h, w]` in [-1, 1]. */
export function imagesOf(pixels: Pixels): Images {
  const { channels, height, width } = pixels;
  const data = new Float32Array(channels * height * width);
  for (let line = 0; line < channels * height; line++) {
    const row = data.subarray(line * width, (line + 1) * width);
    readRow(pixels, Math.floor(line / height), line % height, row);
  }
  return { shape: [1, channels, height, width], data };
}

/** Puts a row of a channel, in [-1, 1], into `out`. */
export function readRow(pixels: Pixels, channel: number, y: number, out: Float32Array): void {
  const { width, data, half, start, strides, shown } = pixels;
  let at = start + channel * strides[0] + y * strides[1];
  for (let x = 0; x < width; x++, at += strides[2]) {
    out[x] = half === undefined ? data[at] : data[at] / half - 1;
  }
  if (!shown) return;
  const [black, white] = shown;
  for (let x = 0; x < width; x++) {
    const scaled = white > black ? 2 * (out[x] - black) / (white - black) - 1 : -1;
    out[x] = scaled > -1 ? Math.min(1, scaled) : -1;
  }
}

/** Which ways the upright picture is stored in: rows are columns, columns run to the left, rows upwards. */
const TURNS: Record<Orientation, readonly [crossed: boolean, left: boolean, up: boolean]> = {
  1: [false, false, false],
  2: [false, true, false],
  3: [false, true, true],
  4: [false, false, true],
  5: [true, false, false],
  6: [true, false, true],
  7: [true, true, true],
  8: [true, true, false],
};

/** The same picture upright; width and height change places for 5 to 8. */
export function turned(pixels: Pixels, orientation: Orientation): Pixels {
  const [crossed, left, up] = TURNS[orientation];
  const { height, width, start, strides: [channel, row, column] } = pixels;
  const [down, across] = [up ? -row : row, left ? -column : column];
  return {
    ...pixels,
    ...crossed && { height: width, width: height },
    start: start + (up ? (height - 1) * row : 0) + (left ? (width - 1) * column : 0),
    strides: crossed ? [channel, across, down] : [channel, down, across],
  };
}
