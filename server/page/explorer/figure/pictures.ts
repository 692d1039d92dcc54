/** Pictures of a path as a figure needs them: with their pixels, through the window that they are looked at. */

/// <reference lib="dom" />

import type { FigurePicture } from "@countergrade/countergrade/figures";
import { intensities, range } from "../viewer/look.ts";
import { difference, windowed } from "../viewer/paint.ts";
import { load } from "../viewer/raster.ts";

/** A picture by its address; nothing where it cannot be had. */
export async function pictureAt(url: string | undefined): Promise<FigurePicture | undefined> {
  const raster = url === undefined ? undefined : await load(url);
  return raster && pictureOf(windowed(raster, intensities.value));
}

/** What one picture has that another has not, as colors. */
export async function differenceAt(
  url: string | undefined,
  before: string | undefined,
): Promise<FigurePicture | undefined> {
  if (url === undefined || before === undefined) return undefined;
  const [frame, reference] = await Promise.all([load(url), load(before)]);
  const shown = frame && reference && difference(frame, reference, range.value);
  return shown && pictureOf(shown);
}

/** Pixels as a figure takes them. */
export function pictureOf(image: ImageData): FigurePicture {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  const pixels = new Uint8Array(3 * image.width * image.height);
  for (let i = 0; i < image.width * image.height; i++) {
    pixels.set(image.data.subarray(4 * i, 4 * i + 3), 3 * i);
  }
  return { href: canvas.toDataURL("image/png"), width: image.width, height: image.height, pixels };
}
