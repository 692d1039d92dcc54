/** One's own image: a picture file of any kind as a plain PNG that holds pixels and nothing else; of a volume also its voxels. */

import { plainText } from "../plain_text.ts";
import { isDicom } from "../formats/dicom/file.ts";
import { FormatError, InputError } from "../errors.ts";
import type { Orientation } from "../formats/jpeg/exif.ts";
import { fitPixels } from "./fit.ts";
import { orientationOf } from "./orientation.ts";
import { toPng } from "./image.ts";
import { isJpeg } from "../formats/jpeg/frame.ts";
import { type PictureFacts, withPicture } from "./picture.ts";
import type { Pixels } from "../formats/pixels.ts";
import { type Images, tensor } from "../tensor.ts";
import { writeNifti } from "../formats/nifti_writer.ts";
import { readScan, type ScanFormat, scanFormat } from "../formats/scan.ts";
import { isTiff } from "../formats/tiff/directory.ts";
import { spacingOf, type Volume } from "../formats/volume.ts";
import { cubeAt, evenScan } from "./cube.ts";
import { asPictures } from "./planes.ts";
import { resample } from "./volume_transform.ts";
import type { ValueRange } from "./value_range.ts";

/** The most bytes of a file that is taken: 20 MB. */
export const MAX_OWN_BYTES = 20_000_000;
/** The most pixels that are taken: 2²⁴, as 4096 × 4096. */
export const MAX_OWN_PIXELS = 2 ** 24;
/** The most pixels that are kept: 2²⁰, as 1182 × 886; a larger picture is shrunk to as many. */
const KEPT_PIXELS = 2 ** 20;

/** A picture file as it was understood. */
export interface OwnImage {
  /** The PNG, without any metadata; of a volume its middle planes. */
  readonly png: Uint8Array<ArrayBuffer>;
  /** Of the PNG, in pixels, upright. */
  readonly width: number;
  /** Of the PNG, in pixels, upright. */
  readonly height: number;
  /** 1 is gray, 3 is RGB. */
  readonly channels: number;
  /** Bits per sample of the PNG: 16 where 8 would lose something. */
  readonly depth: 8 | 16;
  /** What the file was. */
  readonly format: "PNG" | "JPEG" | "TIFF" | "DICOM" | ScanFormat;
  /** Of a volume: its voxels with their place as `.nii.gz`, and nothing else of the file. */
  readonly volume?: Uint8Array<ArrayBuffer>;
  /** As the file's Exif data states it; the PNG is upright. */
  readonly orientation: Orientation;
  /** What was taken of a file that holds more: `frame 3 of 5; window 40/400; kept at 1182 × 886 of 4000 × 3000`. */
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
  /** Of a volume, as `maxBytes` by default. */
  readonly maxScanBytes?: number;
  /** Which values are black and white; by default what the file says, else all that its numbers can be. */
  readonly intensity?: ValueRange;
}

/**
 * Reads a PNG, JPEG, TIFF or DICOM file. Sizes are checked before anything is decoded. A picture is turned upright as its Exif
 * data says; opacity, color profiles, and whatever the file tells beside its pixels, as a patient's name, are left behind.
 * Of a TIFF the first page counts, of a DICOM file the middle frame under its window. More than 2²⁰ pixels are averaged to as
 * many, from what the decoder left, so that a large file takes no more memory than its decoder. A volume (NIfTI, MetaImage, a zip
 * archive of a DICOM series) is kept with its numbers, at voxels so long that there are no more than 2²⁴.
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
  { maxBytes = MAX_OWN_BYTES, maxPixels = MAX_OWN_PIXELS, maxScanBytes, intensity }:
    OwnImageOptions = {},
): Promise<OwnImage> {
  const scan = scanFormat(bytes);
  const most = scan ? maxScanBytes ?? maxBytes : maxBytes;
  if (bytes.length > most) {
    throw wrong(`Cannot take the image: expected at most ${most} bytes, it has ${bytes.length}`);
  }
  try {
    if (scan) return ownVolume(await readScan(bytes, MAX_SCAN_VOXELS), scan, intensity);
    const { picture, depth, facts } = await withPicture(bytes, { maxPixels, intensity }, keptOf);
    const [, channels, height, width] = picture.shape;
    return {
      png: toPng(picture, 0, { depth }),
      ...{ width, height, channels, depth },
      format: isDicom(bytes) ? "DICOM" : isJpeg(bytes) ? "JPEG" : isTiff(bytes) ? "TIFF" : "PNG",
      orientation: orientationOf(bytes),
      ...facts,
    };
  } catch (error) {
    if (error instanceof FormatError) throw wrong(error.message, error);
    throw error;
  }
}

/** The most voxels of a file: 2²⁶, as 512 × 512 × 256. */
const MAX_SCAN_VOXELS = 2 ** 26;

/** The most voxels that are kept. */
const KEPT_VOXELS = 2 ** 24;

/** Planes of a volume are shown in so many pixels. */
const SHOWN = 128;

function ownVolume(scan: Volume, format: ScanFormat, intensity?: ValueRange): OwnImage {
  const spacing = Math.max(...scan.size.map((n, axis) => n * spacingOf(scan)[axis])) / SHOWN;
  // What has several volumes, or a single slice, is refused here.
  const picture = asPictures(cubeAt(evenScan(scan, spacing, intensity), SHOWN).images);
  const kept = keptVoxels(scan);
  const [ni, nj, nk] = kept.size;
  const whole = `${scan.size.join(" × ")} voxels`;
  return {
    png: toPng(picture, 0),
    volume: writeNifti(tensor([1, nk, nj, ni], kept.data), kept.affine),
    width: picture.shape[3],
    height: picture.shape[2],
    channels: 1,
    depth: 8,
    format,
    orientation: 1,
    ...kept !== scan && { taken: `kept at ${kept.size.join(" × ")} of ${whole}` },
    ...scan.warning && { warning: scan.warning },
    numbers: [-1, 1],
  };
}

/** A volume of at most {@linkcode KEPT_VOXELS}: the shortest edges of its voxels are made longer where it has more. */
function keptVoxels(volume: Volume): Volume {
  const old = spacingOf(volume);
  const spacingFrom = (least: number) => old.map((mm) => Math.max(mm, least));
  const count = (spacing: readonly number[]) =>
    volume.size.reduce((n, length, axis) => n * Math.ceil(length * old[axis] / spacing[axis]), 1);
  let least = Math.min(...old);
  if (count(old) <= KEPT_VOXELS) return volume;
  while (count(spacingFrom(least)) > KEPT_VOXELS) least *= 1.05;
  return resample(volume, spacingFrom(least));
}

/** What is kept of a picture: bytes as they are, other numbers in 8 bits where these hold them, else in 16. */
function keptOf(pixels: Pixels, { taken, warning, numbers }: PictureFacts) {
  const { channels, height, width, data, shown } = pixels;
  const scale = Math.min(1, Math.sqrt(KEPT_PIXELS / (height * width)));
  const [h, w] = [height, width].map((side) => Math.max(1, Math.floor(side * scale)));
  const picture = fitPixels(pixels, [channels, h, w], "stretch");
  const areBytes = data instanceof Uint8Array && !shown;
  const depth: 8 | 16 = areBytes || fitsEightBits(picture) ? 8 : 16;
  const kept = scale < 1 && `kept at ${w} × ${h} of ${width} × ${height}`;
  const said = [taken, kept].filter(Boolean).join("; ") || undefined;
  return { picture, depth, facts: { taken: said, warning, numbers } };
}

/** What an artifact of kind `image` holds of an image, beside its file `image.png`. */
export function ownImageMetadata(
  { png: _, volume: __, taken, warning, ...facts }: OwnImage,
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
