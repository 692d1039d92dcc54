/** One's own image: a picture file of any kind as a plain PNG that holds pixels and nothing else. */

import { plainText } from "../plain_text.ts";
import { isDicom } from "../formats/dicom/file.ts";
import { FormatError, InputError } from "../errors.ts";
import type { Orientation } from "../formats/jpeg/exif.ts";
import { orientationOf } from "./orientation.ts";
import { toPng } from "./image.ts";
import { isJpeg } from "../formats/jpeg/frame.ts";
import { withPicture } from "./picture.ts";
import { imagesOf, type Pixels } from "../formats/pixels.ts";
import { encode } from "../formats/png/png.ts";
import type { Images } from "../tensor.ts";
import { isTiff } from "../formats/tiff/directory.ts";
import type { ValueRange } from "./value_range.ts";

/** The most bytes of a file that is taken: 20 MB. */
export const MAX_OWN_BYTES = 20_000_000;
/** The most pixels that are taken: 2²⁴, as 4096 × 4096. */
export const MAX_OWN_PIXELS = 2 ** 24;

/** A picture file as it was understood. */
export interface OwnImage {
  /** The PNG, without any metadata. */
  readonly png: Uint8Array<ArrayBuffer>;
  /** In pixels, upright. */
  readonly width: number;
  /** In pixels, upright. */
  readonly height: number;
  /** 1 is gray, 3 is RGB. */
  readonly channels: number;
  /** Bits per sample of the PNG: 16 where 8 would lose something. */
  readonly depth: 8 | 16;
  /** What the file was. */
  readonly format: "PNG" | "JPEG" | "TIFF" | "DICOM";
  /** As the file's Exif data states it; the PNG is upright. */
  readonly orientation: Orientation;
  /** What was taken of a file that holds more: `frame 3 of 5; window 40/400`. */
  readonly taken?: string;
  /** What somebody should know who trusts it, as that its values fill a small part of their type. */
  readonly warning?: string;
  /** The file's numbers that are black and white. */
  readonly numbers: readonly [black: number, white: number];
}

/** How a file is taken. */
export interface OwnImageOptions {
  /** {@linkcode MAX_OWN_BYTES} by default. */
  readonly maxBytes?: number;
  /** {@linkcode MAX_OWN_PIXELS} by default. */
  readonly maxPixels?: number;
  /** Which values are black and white; by default what the file says, else all that its numbers can be. */
  readonly intensity?: ValueRange;
}

/**
 * Reads a PNG, JPEG, TIFF or DICOM file. Sizes are checked before anything is decoded. A picture is turned upright as its Exif
 * data says; opacity, color profiles, and whatever the file tells beside its pixels, as a patient's name, are left behind.
 * Of a TIFF the first page counts, of a DICOM file the middle frame under its window.
 *
 * @throws {InputError} At `file`: with the limit and what came, or with what is wrong with the file.
 * @example
 * ```ts
 * import { encode } from "@countergrade/countergrade/formats";
 * import { ownImage } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * const { width, height, channels, depth } = await ownImage(encode(new Uint8Array(24), 3, 2));
 * assertEquals({ width, height, channels, depth }, { width: 3, height: 2, channels: 3, depth: 8 });
 * ```
 */
export async function ownImage(
  bytes: Uint8Array,
  { maxBytes = MAX_OWN_BYTES, maxPixels = MAX_OWN_PIXELS, intensity }: OwnImageOptions = {},
): Promise<OwnImage> {
  if (bytes.length > maxBytes) {
    throw wrong(
      `Cannot take the image: expected at most ${maxBytes} bytes, it has ${bytes.length}`,
    );
  }
  try {
    return await withPicture(bytes, { maxPixels, intensity }, (pixels, facts) => {
      const { taken, warning, numbers } = facts;
      const { width, height, channels } = pixels;
      return {
        ...pngOf(pixels),
        ...{ width, height, channels },
        format: isDicom(bytes) ? "DICOM" : isJpeg(bytes) ? "JPEG" : isTiff(bytes) ? "TIFF" : "PNG",
        orientation: orientationOf(bytes),
        ...{ taken, warning, numbers },
      };
    });
  } catch (error) {
    if (error instanceof FormatError) throw wrong(error.message, error);
    throw error;
  }
}

/** Bytes as they are; other numbers in 8 bits where these hold them, else in 16. */
function pngOf(pixels: Pixels): Pick<OwnImage, "png" | "depth"> {
  const { channels, height, width, data } = pixels;
  if (data instanceof Uint8Array && !pixels.shown) {
    const color = channels === 1 ? "gray" : "rgb";
    return { png: encode(samplesOf(pixels, data), width, height, { color }), depth: 8 };
  }
  const picture = imagesOf(pixels);
  const depth = fitsEightBits(picture) ? 8 : 16;
  return { png: toPng(picture, 0, { depth }), depth };
}

/** `[height, width, channels]`. */
function samplesOf(
  { channels, height, width, start, strides: [channel, row, column] }: Pixels,
  data: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(channels * height * width);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = start + y * row + x * column;
      for (let c = 0; c < channels; c++) out[to++] = data[at + c * channel];
    }
  }
  return out;
}

/** What an artifact of kind `image` holds of an image, beside its file `image.png`. */
export function ownImageMetadata(
  { png: _, taken, warning, ...facts }: OwnImage,
  fileName: string,
): Record<string, unknown> {
  const name = fileName.split(/[\\/]/).at(-1)!;
  return {
    title: plainText(name, 100) || "Image",
    ...facts,
    ...taken ? { taken } : {},
    ...warning ? { warning } : {},
  };
}

function fitsEightBits({ data }: Images): boolean {
  return data.every((y) => {
    const sample = (y + 1) * 127.5;
    return Math.abs(sample - Math.round(sample)) < 1e-3;
  });
}

function wrong(message: string, cause?: unknown): InputError {
  return new InputError(message, ["file"], { cause });
}
