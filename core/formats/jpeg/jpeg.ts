/** JPEG files as images. */

import { attempt, attemptLater, refusal } from "../../refusal.ts";
import type { Images } from "../../tensor.ts";
import { defaultMaxPixels } from "../png/header.ts";
import type { CodecFrame } from "../script_codec.ts";
import { type Frame, frameOf, scansIn } from "./frame.ts";
import { segmentsOf } from "./segments.ts";
import { decodeSequential } from "./sequential.ts";
import { type Pixels, pixelsOf } from "../pixels.ts";
import { turbo } from "./turbo.ts";

const refused = refusal("Cannot read the JPEG file");

/** The most scans of a progressive file; usual are about ten. Each goes over all pixels, and a few bytes are enough for one. */
const MOST_SCANS = 100;

/**
 * Decodes a JPEG: baseline or progressive in gray or three colors, baseline in the four colors of printing. Its size is
 * checked before anything is expanded. An orientation in Exif data is not applied.
 *
 * @param use Gets the picture, gray or RGB, which lasts no longer than this call.
 * @throws {FormatError} When the file is damaged, has more than `maxPixels` or 100 scans, is of other colors, or its samples are
 * not of 8 bits.
 */
export async function readJpeg<T>(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { maxPixels?: number },
  use: (pixels: Pixels) => T,
): Promise<T> {
  const frame = frameOf(bytes);
  const { width, height, components, bits } = frame;
  if (!(width * height >= 1 && width * height <= maxPixels)) {
    throw refused(`expected at most ${maxPixels} pixels, it has ${width} × ${height}`);
  }
  if (![1, 3, 4].includes(components)) {
    throw refused(`expected gray, three or four colors, it has ${components} components`);
  }
  if (bits !== 8) throw refused(`expected samples of 8 bits, they have ${bits}`);
  const scans = scansIn(bytes);
  if (scans > MOST_SCANS) throw refused(`expected at most ${MOST_SCANS} scans, it has ${scans}`);
  if (components === 4) return use(pixelsOf(attempt(() => fromPrint(bytes), refused)));
  return await attemptLater(
    () =>
      turbo.decode(bytes, (told, data) => {
        checkSame(told, frame);
        return use(ofSamples(data, frame));
      }),
    refused,
  );
}

function checkSame(told: CodecFrame, { width, height, components }: Frame): void {
  const same = told.width === width && told.height === height && told.componentCount === components;
  if (!same) throw refused("it has two frames");
}

function ofSamples(data: Uint8Array, { width, height, components }: Frame): Pixels {
  if (data.length !== components * width * height) throw refused("it has two frames");
  const strides = [1, components * width, components] as const;
  return { channels: components, height, width, data, half: 127.5, start: 0, strides };
}

/** Cyan, magenta, yellow and black, stored as Adobe does: 255 is no ink; YCCK has luma and chroma of the first three. */
function fromPrint(bytes: Uint8Array): Images {
  const file = segmentsOf(bytes);
  if (file.process > 1) throw refused("progressive files of four colors are not read; save as RGB");
  const { width, height, adobe } = file;
  const data = decodeSequential(file);
  const plane = width * height;
  const out = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    const [a, b, c, black] = data.subarray(4 * i, 4 * i + 4);
    const inks = adobe === 2 ? rgbOfYcc(a, b, c).map((ink) => 255 - ink) : [a, b, c];
    inks.forEach((ink, k) => out[k * plane + i] = ink * black / 32_512.5 - 1);
  }
  return { shape: [1, 3, height, width], data: out };
}

/** JFIF's conversion, 0 … 255. */
function rgbOfYcc(y: number, cb: number, cr: number): number[] {
  return [
    y + 1.402 * (cr - 128),
    y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128),
    y + 1.772 * (cb - 128),
  ].map((value) => Math.min(255, Math.max(0, value)));
}
