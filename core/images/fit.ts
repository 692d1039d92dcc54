/** Pictures at the shape that a model takes: square, of its size, gray or in colors. */

import { type Images, row } from "../tensor.ts";
import { type Pixels, pixelsOf, readRow } from "../formats/pixels.ts";
import { resizeRows } from "./resize.ts";

/** How a picture that is not square becomes square. */
export type Fit = "pad" | "crop" | "stretch";

/**
 * Pictures `[n, c, h, w]` at another shape. Gray becomes RGB by repetition, RGB gray by its luma (ITU-R BT.601). `pad` keeps
 * everything and fills with black, `crop` keeps the middle, `stretch` gives up the proportions; then as `resize`.
 *
 * @param shape `[channels, height, width]`.
 */
export function fitPicture(
  pictures: Images,
  shape: readonly [number, number, number],
  fit: Fit = "pad",
): Images {
  const [n] = pictures.shape;
  const size = shape[0] * shape[1] * shape[2];
  const out = new Float32Array(n * size);
  for (let i = 0; i < n; i++) {
    out.set(fitPixels(pixelsOf(row(pictures, i)), shape, fit).data, i * size);
  }
  return { shape: [n, ...shape], data: out };
}

/** One picture as {@linkcode fitPicture} makes it, row by row. */
export function fitPixels(
  pixels: Pixels,
  shape: readonly [number, number, number],
  fit: Fit = "pad",
): Images {
  const [channels, height, width] = shape;
  const { height: h, width: w } = pixels;
  const [frameHeight, frameWidth] = frameOf(h, w, height / width, fit);
  const [top, left] = [Math.floor((frameHeight - h) / 2), Math.floor((frameWidth - w) / 2)];
  const line = new Float32Array(w);
  const read = rowReader(pixels, channels);
  const plane = height * width;
  const out = new Float32Array(channels * plane);
  for (let c = 0; c < channels; c++) {
    if (c > 0 && pixels.channels === 1) out.copyWithin(c * plane, 0, plane);
    else {
      const framed = (y: number, into: Float32Array) => {
        into.fill(-1);
        if (y < top || y >= top + h) return;
        read(c, y - top, line);
        into.set(line.subarray(Math.max(0, -left), frameWidth - left), Math.max(0, left));
      };
      const target = out.subarray(c * plane, (c + 1) * plane);
      resizeRows(framed, [frameHeight, frameWidth], [height, width], target);
    }
  }
  return { shape: [1, ...shape], data: out };
}

/** Reads rows of a picture as it is with so many channels. */
function rowReader(pixels: Pixels, channels: number) {
  if (channels !== 1 || pixels.channels === 1) {
    return (c: number, y: number, out: Float32Array) =>
      readRow(pixels, Math.min(c, pixels.channels - 1), y, out);
  }
  const [green, blue] = [new Float32Array(pixels.width), new Float32Array(pixels.width)];
  return (_c: number, y: number, out: Float32Array) => {
    [out, green, blue].forEach((into, color) => readRow(pixels, color, y, into));
    for (let x = 0; x < out.length; x++) {
      out[x] = 0.299 * out[x] + 0.587 * green[x] + 0.114 * blue[x];
    }
  };
}

/**
 * What {@linkcode fitPicture} does to a picture, in words; undefined where it stays as it is.
 *
 * @param from Shape of the picture, `[channels, height, width]`.
 * @example
 * ```ts
 * import { fitText } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   fitText([3, 200, 300], [1, 64, 64], "crop"),
 *   "RGB to gray by BT.601; cut to the middle 200 × 200; resized from 200 × 200 to 64 × 64 by area average",
 * );
 * assertEquals(fitText([1, 64, 64], [1, 64, 64]), undefined);
 * ```
 */
export function fitText(
  [channels, h, w]: readonly number[],
  [toChannels, height, width]: readonly [number, number, number],
  fit: Fit = "pad",
): string | undefined {
  const [frameHeight, frameWidth] = frameOf(h, w, height / width, fit);
  const framed = frameHeight !== h || frameWidth !== w;
  const shrinks = frameHeight > height || frameWidth > width;
  const grows = frameHeight < height || frameWidth < width;
  const how = [shrinks && "area average", grows && "bilinear interpolation"].filter(Boolean);
  return [
    channels !== toChannels &&
    (toChannels === 1 ? "RGB to gray by BT.601" : "gray repeated as RGB"),
    framed && fit === "pad" && `black around it to ${frameWidth} × ${frameHeight}`,
    framed && fit === "crop" && `cut to the middle ${frameWidth} × ${frameHeight}`,
    how.length &&
    `resized from ${frameWidth} × ${frameHeight} to ${width} × ${height} by ${how.join(" and ")}`,
  ].filter(Boolean).join("; ") || undefined;
}

/** Height and width of the frame of proportion `ratio` = height/width around a picture, or within it. */
function frameOf(h: number, w: number, ratio: number, fit: Fit): [number, number] {
  if (fit === "stretch") return [h, w];
  const pad = fit === "pad";
  const tall = h / w > ratio;
  return [
    tall === pad ? h : Math.max(1, Math.round(w * ratio)),
    tall === pad ? Math.max(1, Math.round(h / ratio)) : w,
  ];
}
