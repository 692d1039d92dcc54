/** Picture files of any kind that is read here, recognized by their first bytes. */

import { readDicom } from "../formats/dicom/dicom.ts";
import { isDicom } from "../formats/dicom/file.ts";
import { FormatError } from "../errors.ts";
import { ofPng } from "./image.ts";
import { isPng } from "../formats/png/chunks.ts";
import { isJpeg } from "../formats/jpeg/frame.ts";
import { readJpeg } from "../formats/jpeg/jpeg.ts";
import { upright } from "../formats/jpeg/exif.ts";
import { orientationOf } from "./orientation.ts";
import { resize } from "./resize.ts";
import type { Images } from "../tensor.ts";
import { isTiff, pagesIn } from "../formats/tiff/directory.ts";
import { readTiff } from "../formats/tiff/tiff.ts";

/** Extensions of the files that {@linkcode readPicture} reads. */
export const PICTURE_EXTENSIONS = ["png", "jpg", "jpeg", "tif", "tiff", "dcm"] as const;

/** A picture file as it was read. */
export interface Picture {
  /** `[1, 1, h, w]` (gray) or `[1, 3, h, w]` (RGB) in [-1, 1], upright. */
  readonly images: Images;
  /** Whose it is, where a DICOM file says so. */
  readonly patient?: string;
  /** What was taken of the file where it holds more: `frame 3 of 5; window 40/400`. */
  readonly taken?: string;
}

/** First bytes to reader. */
const READERS: readonly (readonly [
  (bytes: Uint8Array) => boolean,
  (bytes: Uint8Array, options: { maxPixels?: number }) => Picture | Promise<Picture>,
])[] = [
  // Its preamble may begin like a file of another kind.
  [isDicom, shownFrame],
  [isPng, (bytes, options) => ({ images: ofPng(bytes, options) })],
  [isJpeg, async (bytes, options) => ({ images: await readJpeg(bytes, options) })],
  [isTiff, firstPage],
];

/**
 * Reads a picture, upright. Of a DICOM file the middle frame, under its window; of a TIFF file the first page.
 *
 * @throws {FormatError} When the bytes are no PNG, JPEG, TIFF or DICOM, are damaged, or beyond `maxPixels`.
 */
export async function openPicture(
  bytes: Uint8Array,
  options: { maxPixels?: number } = {},
): Promise<Picture> {
  const [, read] = READERS.find(([is]) => is(bytes)) ?? [];
  if (!read) {
    throw new FormatError(
      bytes.length === 0
        ? "Cannot read the picture: the file is empty"
        : "Cannot read the picture: expected PNG, JPEG, TIFF or DICOM",
    );
  }
  const { images, ...known } = await read(bytes, options);
  return { ...known, images: upright(images, orientationOf(bytes)) };
}

/**
 * The picture alone, see {@linkcode openPicture}: `[1, 1, h, w]` (gray) or `[1, 3, h, w]` (RGB) in [-1, 1].
 *
 * @throws {FormatError} When the bytes are no PNG, JPEG, TIFF or DICOM, are damaged, or beyond `maxPixels`.
 */
export async function readPicture(
  bytes: Uint8Array,
  options: { maxPixels?: number } = {},
): Promise<Images> {
  return (await openPicture(bytes, options)).images;
}

async function shownFrame(bytes: Uint8Array, options: { maxPixels?: number }): Promise<Picture> {
  const { display, shownBy, patientId } = await readDicom(bytes, options);
  const { size: [w, h, frames], channels, data } = display();
  const plane = w * h;
  const frame = frames >> 1;
  const out = new Float32Array(channels * plane);
  for (let c = 0; c < channels; c++) {
    const at = (c * frames + frame) * plane;
    out.set(data.subarray(at, at + plane), c * plane);
  }
  const which = frames > 1 ? `frame ${frame + 1} of ${frames}` : "";
  const taken = [which, shownBy(frame)].filter(Boolean).join("; ") || undefined;
  return { images: { shape: [1, channels, h, w], data: out }, patient: patientId, taken };
}

async function firstPage(bytes: Uint8Array, options: { maxPixels?: number }): Promise<Picture> {
  const images = await readTiff(bytes, options);
  const pages = pagesIn(bytes);
  return { images, taken: pages > 1 ? `page 1 of ${pages}` : undefined };
}

/** How a picture that is not square becomes square. */
export type Fit = "pad" | "crop" | "stretch";

/**
 * Pictures `[n, c, h, w]` at another shape. Gray becomes RGB by repetition, RGB gray by its luma (ITU-R BT.601). `pad` keeps
 * everything and fills with black, `crop` keeps the middle, `stretch` gives up the proportions; then {@linkcode resize}.
 *
 * @param shape `[channels, height, width]`.
 */
export function fitPicture(
  pictures: Images,
  shape: readonly [number, number, number],
  fit: Fit = "pad",
): Images {
  const [channels, height, width] = shape;
  const colored = withChannels(pictures, channels);
  const framed = fit === "stretch" ? colored : framedTo(colored, height / width, fit === "pad");
  return resize(framed, height, width);
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
  const [frameHeight, frameWidth] = fit === "stretch"
    ? [h, w]
    : frameOf(h, w, height / width, fit === "pad");
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

function withChannels(pictures: Images, channels: number): Images {
  const [n, c, h, w] = pictures.shape;
  if (c === channels) return pictures;
  const plane = h * w;
  const out = new Float32Array(n * channels * plane);
  for (let i = 0; i < n; i++) {
    const from = pictures.data.subarray(i * c * plane, (i + 1) * c * plane);
    const to = out.subarray(i * channels * plane, (i + 1) * channels * plane);
    if (channels === 1 && c === 3) {
      for (let p = 0; p < plane; p++) {
        to[p] = 0.299 * from[p] + 0.587 * from[plane + p] + 0.114 * from[2 * plane + p];
      }
    } else {
      for (let k = 0; k < channels; k++) to.set(from.subarray(0, plane), k * plane);
    }
  }
  return { shape: [n, channels, h, w], data: out };
}

/** The middle at the proportion `ratio` = height/width: with black around it, or cut. */
function framedTo(pictures: Images, ratio: number, pad: boolean): Images {
  const [n, c, h, w] = pictures.shape;
  const [toHeight, toWidth] = frameOf(h, w, ratio, pad);
  if (toHeight === h && toWidth === w) return pictures;
  const [top, left] = [Math.floor((toHeight - h) / 2), Math.floor((toWidth - w) / 2)];
  const out = new Float32Array(n * c * toHeight * toWidth).fill(-1);
  for (let plane = 0; plane < n * c; plane++) {
    for (let y = Math.max(0, top); y < Math.min(toHeight, top + h); y++) {
      const from = (plane * h + y - top) * w;
      const to = (plane * toHeight + y) * toWidth;
      const start = Math.max(0, left);
      const end = Math.min(toWidth, left + w);
      out.set(pictures.data.subarray(from + start - left, from + end - left), to + start);
    }
  }
  return { shape: [n, c, toHeight, toWidth], data: out };
}

/** Height and width of the frame of proportion `ratio` around a picture, or within it. */
function frameOf(h: number, w: number, ratio: number, pad: boolean): [number, number] {
  const tall = h / w > ratio;
  return [
    tall === pad ? h : Math.max(1, Math.round(w * ratio)),
    tall === pad ? Math.max(1, Math.round(h / ratio)) : w,
  ];
}
