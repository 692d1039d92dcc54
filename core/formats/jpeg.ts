/** JPEG files as images, over jpeg-js. */

import { decode } from "jpeg-js";
import { FormatError } from "../errors.ts";
import { defaultMaxPixels } from "./png.ts";
import type { Images } from "../tensor.ts";

/** The most scans of a progressive file; usual are about ten. Each goes over all pixels, and a few bytes are enough for one. */
const MOST_SCANS = 100;

/** Whether bytes begin as JPEG does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * Decodes a baseline or progressive JPEG to `[1, 1, h, w]` (gray) or `[1, 3, h, w]` (RGB) in [-1, 1]. Its size is checked
 * before anything is expanded. An orientation in Exif data is not applied.
 *
 * @throws {FormatError} When the file is damaged, has more than `maxPixels` or 100 scans, is neither gray nor of three colors, or
 * its samples are not of 8 bits.
 */
export function readJpeg(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { maxPixels?: number } = {},
): Images {
  const { width, height, components, bits } = frameOf(bytes);
  if (!(width * height >= 1 && width * height <= maxPixels)) {
    throw damaged(`expected at most ${maxPixels} pixels, it has ${width} × ${height}`);
  }
  if (components !== 1 && components !== 3) {
    throw damaged(`expected gray or three colors, it has ${components} components`);
  }
  if (bits !== 8) throw damaged(`expected samples of 8 bits, they have ${bits}`);
  const scans = scansIn(bytes);
  if (scans > MOST_SCANS) throw damaged(`expected at most ${MOST_SCANS} scans, it has ${scans}`);
  let data: Uint8Array;
  try {
    const options = {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: maxPixels / 1e6 + 1,
      maxMemoryUsageInMB: 2048,
    } as const;
    const picture = decode(bytes, options);
    if (picture.width !== width || picture.height !== height) throw new Error("two frames");
    data = picture.data;
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error), error);
  }
  const plane = width * height;
  if (data.length !== 3 * plane) throw damaged("its pixels are incomplete");
  const out = new Float32Array(components * plane);
  for (let c = 0; c < components; c++) {
    for (let i = 0; i < plane; i++) out[c * plane + i] = data[3 * i + c] / 127.5 - 1;
  }
  return { shape: [1, components, height, width], data: out };
}

/** How often a start of scan is marked; among the bytes of pixels no marker can stand. */
function scansIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === 0xda) count++;
  }
  return count;
}

/** What the start of a frame says (ITU-T T.81, B.2.2). */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Of a sample. */
  readonly bits: number;
}

function frameOf(bytes: Uint8Array): Frame {
  if (!isJpeg(bytes)) throw damaged("it does not begin as one");
  const word = (at: number) => bytes[at] * 256 + bytes[at + 1];
  let at = 2;
  while (at + 10 < bytes.length) {
    if (bytes[at] !== 0xff) throw damaged(`expected a marker at byte ${at}`);
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    // SOF0 to SOF15 but for the tables DHT, JPG and DAC that stand among them.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const size = { height: word(at + 5), width: word(at + 7) };
      return { ...size, components: bytes[at + 9], bits: bytes[at + 4] };
    }
    at += 2 + word(at + 2);
  }
  throw damaged("it has no frame");
}

function damaged(reason: string, cause?: unknown): FormatError {
  return new FormatError(`Cannot read the JPEG file: ${reason}`, { cause });
}
