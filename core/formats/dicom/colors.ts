/** Colors of DICOM as RGB, 0 … 255, `[color, frame, row, column]`. */

import type { DataSet } from "dicom-parser";
import type { StoredPixels } from "./frames.ts";
import type { PixelLayout } from "./layout.ts";
import { paletteOf } from "./palette.ts";

/** Where red, green and blue of a file go. */
type Put = (frame: number, pixel: number, red: number, green: number, blue: number) => void;

/**
 * All pixels as colors.
 *
 * @throws {FormatError} When the file has a palette that cannot be read.
 */
export function colorsOf(set: DataSet, pixels: StoredPixels, layout: PixelLayout): Float32Array {
  const { rows, columns, frames, stored, photometric } = layout;
  const plane = rows * columns;
  const out = new Float32Array(3 * frames * plane);
  const scale = 255 / (2 ** stored - 1);
  const put: Put = (frame, pixel, red, green, blue) => {
    out[frame * plane + pixel] = red * scale;
    out[(frames + frame) * plane + pixel] = green * scale;
    out[(2 * frames + frame) * plane + pixel] = blue * scale;
  };
  if (photometric === "PALETTE COLOR") drawPalette(set, pixels.numbers, plane * frames, out);
  else if (/_42[02]$/.test(photometric) && !pixels.decodedColors && isShared(pixels, layout)) {
    drawShared(pixels.numbers, layout, put);
  } else drawPlain(pixels, layout, put);
  return out;
}

function isShared({ numbers }: StoredPixels, { rows, columns, frames }: PixelLayout): boolean {
  return numbers.length < 3 * rows * columns * frames;
}

/** Indices of a palette. */
function drawPalette(set: DataSet, indices: Float32Array, count: number, out: Float32Array): void {
  const palettes = paletteOf(set);
  palettes.forEach(({ values, first }, color) => {
    const last = values.length - 1;
    for (let i = 0; i < count; i++) {
      out[color * count + i] = values[Math.min(last, Math.max(0, indices[i] - first))];
    }
  });
}

/** Three samples for each pixel. */
function drawPlain(pixels: StoredPixels, layout: PixelLayout, put: Put): void {
  const { rows, columns, frames, photometric } = layout;
  const { numbers, planar, decodedColors } = pixels;
  const plane = rows * columns;
  const convert = photometric.startsWith("YBR") && !decodedColors
    ? toRgb(layout)
    : (a: number, b: number, c: number): Rgb => [a, b, c];
  const [step, apart] = planar ? [1, plane] : [3, 1];
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < plane; i++) {
      const at = frame * plane * 3 + i * step;
      put(frame, i, ...convert(numbers[at], numbers[at + apart], numbers[at + 2 * apart]));
    }
  }
}

/** Two pixels in four samples: Y, Y, Cb, Cr (PS3.3 C.7.6.3.1.2). */
function drawShared(numbers: Float32Array, layout: PixelLayout, put: Put): void {
  const plane = layout.rows * layout.columns;
  const convert = toRgb(layout);
  for (let frame = 0; frame < layout.frames; frame++) {
    for (let i = 0; i < plane; i++) {
      const at = frame * plane * 2 + (i >> 1) * 4;
      put(frame, i, ...convert(numbers[at + (i & 1)], numbers[at + 2], numbers[at + 3]));
    }
  }
}

type Rgb = [red: number, green: number, blue: number];

/** YBR as RGB (PS3.3 C.7.6.3.1.2): full range, or luma 16 … 235 and chroma 16 … 240 of 8 bits. */
function toRgb({ stored, photometric }: PixelLayout): (y: number, b: number, r: number) => Rgb {
  const [middle, most] = [2 ** (stored - 1), 2 ** stored - 1];
  const partial = photometric.includes("PARTIAL");
  const within = (value: number) => Math.min(most, Math.max(0, value));
  return (y, b, r) => {
    const luma = partial ? (y - most * 16 / 255) * 255 / 219 : y;
    const [cb, cr] = [b - middle, r - middle].map((c) => partial ? c * 255 / 224 : c);
    return [
      within(luma + 1.402 * cr),
      within(luma - 0.344136 * cb - 0.714136 * cr),
      within(luma + 1.772 * cb),
    ];
  };
}
