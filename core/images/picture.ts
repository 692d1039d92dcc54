/** Picture files of any kind that is read here, recognized by their first bytes. */

import { type DicomImage, readDicom } from "../formats/dicom/dicom.ts";
import { type DicomWindow, edgesOf } from "../formats/dicom/window.ts";
import { isDicom } from "../formats/dicom/file.ts";
import { FormatError } from "../errors.ts";
import { type Fit, fitPixels } from "./fit.ts";
import { pngPixels } from "./image.ts";
import { imagesOf, type Pixels, turned } from "../formats/pixels.ts";
import { percentilesOf } from "./percentiles.ts";
import { fillWarning, numbersOf, shownBy, type ValueRange, valueRangeText } from "./value_range.ts";
import { isPng } from "../formats/png/chunks.ts";
import { isJpeg } from "../formats/jpeg/frame.ts";
import { readJpeg } from "../formats/jpeg/jpeg.ts";
import { orientationOf } from "./orientation.ts";
import type { Images } from "../tensor.ts";
import { isTiff, pagesIn } from "../formats/tiff/directory.ts";
import { readTiff } from "../formats/tiff/tiff.ts";

/** Extensions of the files that {@linkcode readPicture} reads. */
export const PICTURE_EXTENSIONS = ["png", "jpg", "jpeg", "tif", "tiff", "dcm"] as const;

/** What is known of a picture file beside its pixels. */
export interface PictureFacts {
  /** Whose it is, where a DICOM file says so. */
  readonly patient?: string;
  /** What was taken of the file where it holds more: `frame 3 of 5; window 40/400`. */
  readonly taken?: string;
  /** What somebody should know who trusts the picture, as that its values fill a small part of their type. */
  readonly warning?: string;
  /** The file's numbers that are black and white. */
  readonly numbers: readonly [black: number, white: number];
}

/** A picture file as it was read. */
export interface Picture extends PictureFacts {
  /** `[1, 1, h, w]` (gray) or `[1, 3, h, w]` (RGB) in [-1, 1], upright. */
  readonly images: Images;
}

/** How a picture file is read. */
export interface PictureOptions {
  /** The most pixels; files that say more are refused before they are expanded. */
  readonly maxPixels?: number;
  /** Which values are black and white; by default what the file says, else all that its numbers can be. */
  readonly intensity?: ValueRange;
  /** What black and white of a PNG stand for, where it was made of another file; by default its own numbers. */
  readonly numbers?: readonly [black: number, white: number];
}

/** A picture at another shape. */
export interface FittedPicture extends Picture {
  /** `[channels, height, width]` of the file, upright. */
  readonly from: readonly [number, number, number];
}

/** Hands a picture on as long as its memory lasts. */
type Use<T> = (pixels: Pixels, facts: PictureFacts) => T;
type Reader = <T>(bytes: Uint8Array, options: PictureOptions, use: Use<T>) => T | Promise<T>;

/** First bytes to reader. */
const READERS: readonly (readonly [(bytes: Uint8Array) => boolean, Reader])[] = [
  // Its preamble may begin like a file of another kind.
  [isDicom, shownFrame],
  [isPng, wholePng],
  [isJpeg, wholeJpeg],
  [isTiff, firstPage],
];

/**
 * Reads a picture, upright. Of a DICOM file the middle frame, under its window; of a TIFF file the first page.
 *
 * @throws {FormatError} When the bytes are no PNG, JPEG, TIFF or DICOM, are damaged, or beyond `maxPixels`.
 */
export async function openPicture(
  bytes: Uint8Array,
  options: PictureOptions = {},
): Promise<Picture> {
  return await withPicture(
    bytes,
    options,
    (pixels, facts) => ({ ...facts, images: imagesOf(pixels) }),
  );
}

/**
 * Reads a picture at another shape, as `fitPicture` makes it, without ever holding all of it in numbers.
 *
 * @throws {FormatError} As {@linkcode openPicture}.
 */
export async function openFitted(
  bytes: Uint8Array,
  shape: readonly [number, number, number],
  fit: Fit,
  options: PictureOptions = {},
): Promise<FittedPicture> {
  return await withPicture(bytes, options, (pixels, facts) => ({
    ...facts,
    from: [pixels.channels, pixels.height, pixels.width],
    images: fitPixels(pixels, shape, fit),
  }));
}

/**
 * The picture alone, see {@linkcode openPicture}: `[1, 1, h, w]` (gray) or `[1, 3, h, w]` (RGB) in [-1, 1].
 *
 * @throws {FormatError} When the bytes are no PNG, JPEG, TIFF or DICOM, are damaged, or beyond `maxPixels`.
 */
export async function readPicture(
  bytes: Uint8Array,
  options: PictureOptions = {},
): Promise<Images> {
  return (await openPicture(bytes, options)).images;
}

/**
 * Reads a picture as its decoder leaves it.
 *
 * @param use Gets the pixels, upright, which last no longer than this call.
 * @throws {FormatError} As {@linkcode openPicture}.
 */
export async function withPicture<T>(
  bytes: Uint8Array,
  options: PictureOptions,
  use: Use<T>,
): Promise<T> {
  const [, read] = READERS.find(([is]) => is(bytes)) ?? [];
  if (!read) {
    throw new FormatError(
      bytes.length === 0
        ? "Cannot read the picture: the file is empty"
        : "Cannot read the picture: expected PNG, JPEG, TIFF or DICOM",
    );
  }
  const orientation = orientationOf(bytes);
  return await read(
    bytes,
    options,
    (pixels, facts) => use(turned(pixels, orientation), facts),
  );
}

function wholePng<T>(bytes: Uint8Array, options: PictureOptions, use: Use<T>): T {
  const pixels = pngPixels(bytes, options);
  return chosen(pixels, { numbers: options.numbers ?? [0, 2 * pixels.half!] }, options, use);
}

function wholeJpeg<T>(bytes: Uint8Array, options: PictureOptions, use: Use<T>): Promise<T> {
  return readJpeg(
    bytes,
    options,
    (pixels) => chosen(pixels, { numbers: [0, 255] }, options, use),
  );
}

async function firstPage<T>(bytes: Uint8Array, options: PictureOptions, use: Use<T>): Promise<T> {
  const { pixels, numbers } = await readTiff(bytes, options);
  const pages = pagesIn(bytes);
  return chosen(pixels, { numbers, taken: pages > 1 ? `page 1 of ${pages}` : "" }, options, use);
}

/** A picture with the values black and white that were asked for; else a warning where it needs some. */
function chosen<T>(
  pixels: Pixels,
  facts: PictureFacts,
  { intensity }: PictureOptions,
  use: Use<T>,
): T {
  const { numbers } = facts;
  const deep = Math.abs(numbers[1] - numbers[0]) > 255;
  const taken = [facts.taken, intensity && valueRangeText(intensity)].filter(Boolean).join("; ");
  const shown = intensity ? shownBy(pixels, intensity, numbers) : pixels;
  return use(shown, {
    taken: taken || undefined,
    numbers: numbersOf(shown, numbers),
    ...deep && !intensity && { warning: fillWarning(pixels, numbers) },
  });
}

async function shownFrame<T>(bytes: Uint8Array, options: PictureOptions, use: Use<T>): Promise<T> {
  const image = await readDicom(bytes, options);
  const { size: [w, h, frames], channels } = image.volume;
  const plane = w * h;
  const frame = frames >> 1;
  const { intensity } = options;
  const isGray = image.photometric.startsWith("MONOCHROME");
  const asked = intensity && isGray ? windowFor(image, frame, intensity) : undefined;
  const which = frames > 1 ? `frame ${frame + 1} of ${frames}` : "";
  const how = asked && intensity ? valueRangeText(intensity) : image.shownBy(frame);
  const pixels: Pixels = {
    channels,
    height: h,
    width: w,
    data: image.display(asked).data,
    start: frame * plane,
    strides: [frames * plane, w, 1],
  };
  return use(pixels, {
    patient: image.patientId,
    taken: [which, how].filter(Boolean).join("; ") || undefined,
    numbers: asked ? edgesOf(asked) : image.numbersOf(frame),
  });
}

/** The window that shows what was asked for of a frame. */
function windowFor(
  { volume, padding }: DicomImage,
  frame: number,
  intensity: ValueRange,
): DicomWindow {
  if (intensity.kind === "window") {
    return { center: intensity.center, width: intensity.width };
  }
  const [w, h] = volume.size;
  const start = frame * w * h;
  const values = volume.data.subarray(start, start + w * h)
    .filter((_, i) => !padding?.[start + i]);
  const percents = intensity.kind === "full" ? [0, 100] : [intensity.from, intensity.to];
  const [low, high] = percentilesOf(values, percents);
  return { center: (low + high) / 2, width: Math.max(1e-6, high - low), function: "LINEAR_EXACT" };
}
