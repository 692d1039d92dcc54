/** JPEG files as images, over libjpeg-turbo. */

import { attemptLater, refusal } from "../../refusal.ts";
import type { Images } from "../../tensor.ts";
import { defaultMaxPixels } from "../png/header.ts";
import { type Frame, frameOf, scansIn } from "./frame.ts";
import { decodeTurbo, type TurboPixels } from "./turbo.ts";

const refused = refusal("Cannot read the JPEG file");

/** The most scans of a progressive file; usual are about ten. Each goes over all pixels, and a few bytes are enough for one. */
const MOST_SCANS = 100;

/**
 * Decodes a baseline or progressive JPEG to `[1, 1, h, w]` (gray) or `[1, 3, h, w]` (RGB) in [-1, 1]. Its size is checked
 * before anything is expanded. An orientation in Exif data is not applied.
 *
 * @throws {FormatError} When the file is damaged, has more than `maxPixels` or 100 scans, is neither gray nor of three colors, or
 * its samples are not of 8 bits.
 */
export async function readJpeg(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { maxPixels?: number } = {},
): Promise<Images> {
  const frame = frameOf(bytes);
  const { width, height, components, bits } = frame;
  if (!(width * height >= 1 && width * height <= maxPixels)) {
    throw refused(`expected at most ${maxPixels} pixels, it has ${width} × ${height}`);
  }
  if (components !== 1 && components !== 3) {
    throw refused(`expected gray or three colors, it has ${components} components`);
  }
  if (bits !== 8) throw refused(`expected samples of 8 bits, they have ${bits}`);
  const scans = scansIn(bytes);
  if (scans > MOST_SCANS) throw refused(`expected at most ${MOST_SCANS} scans, it has ${scans}`);
  return await attemptLater(
    () => decodeTurbo(bytes, (pixels) => imageOf(pixels, frame)),
    refused,
  );
}

/** Planes in [-1, 1] of samples of 8 bits. */
function imageOf({ data, ...pixels }: TurboPixels, { width, height, components }: Frame): Images {
  const plane = width * height;
  const same = pixels.width === width && pixels.height === height &&
    pixels.components === components && data.length === components * plane;
  if (!same) throw refused("it has two frames");
  const out = new Float32Array(components * plane);
  for (let c = 0; c < components; c++) {
    for (let i = 0; i < plane; i++) out[c * plane + i] = data[components * i + c] / 127.5 - 1;
  }
  return { shape: [1, components, height, width], data: out };
}
