/** The numbers that a DICOM file stores, frame by frame, whatever its transfer syntax. */

import type { DataSet } from "dicom-parser";
import { byteSwapped } from "../byte_order.ts";
import { decodeFrame } from "./decode.ts";
import { encapsulatedFrames } from "./fragments.ts";
import { frameBytes, numbersIn, type PixelLayout, PIXELS } from "./layout.ts";
import { refused } from "./refused.ts";
import type { Coding } from "./syntax.ts";

/** Numbers as they are stored. */
export interface StoredPixels {
  /** `[frame, row, column, sample]`, or as `planar` says; of 4:2:2 two pixels in four samples. */
  readonly numbers: Float32Array;
  readonly planar: boolean;
  /** Colors of YBR that decoding has already made RGB. */
  readonly decodedColors: boolean;
}

/** Reads all frames. @throws {FormatError} When they are not whole. */
export async function storedPixels(
  set: DataSet,
  coding: Coding,
  layout: PixelLayout,
): Promise<StoredPixels> {
  const element = set.elements[PIXELS.whole];
  if (coding === "native" || coding === "big" || !element?.encapsulatedPixelData) {
    if (element?.encapsulatedPixelData) throw refused("its pixels are in pieces without a codec");
    return {
      numbers: nativeNumbers(set, coding, layout),
      planar: layout.planar,
      decodedColors: false,
    };
  }
  const frames = encapsulatedFrames(set, layout.frames);
  const perFrame = layout.columns * layout.rows * layout.samples;
  const numbers = new Float32Array(perFrame * layout.frames);
  for (const [i, bytes] of frames.entries()) {
    const decoded = await decodeFrame(bytes, coding, layout);
    numbers.set(numbersIn(decoded, layout, perFrame), i * perFrame);
  }
  const cosines = coding === "baseline" || coding === "extended";
  const decodedColors = (cosines && layout.allocated === 8) ||
    (coding === "jpeg-2000" && /^YBR_(ICT|RCT)$/.test(layout.photometric));
  return { numbers, planar: coding === "deflated" && layout.planar, decodedColors };
}

function nativeNumbers(set: DataSet, coding: Coding, layout: PixelLayout): Float32Array {
  const { frames, allocated } = layout;
  const element = set.elements[PIXELS.whole] ?? set.elements[PIXELS.single] ??
    set.elements[PIXELS.double];
  const needed = Math.ceil(frameBytes(layout) * frames);
  const { dataOffset, length } = element;
  const bytes = (set.byteArray as Uint8Array).subarray(dataOffset, dataOffset + needed);
  const there = Math.min(length, bytes.length);
  if (there < needed) throw refused(`expected ${needed} bytes of pixels, it has ${there}`);
  const ordered = coding === "big" ? byteSwapped(bytes, Math.max(1, allocated / 8)) : bytes;
  return numbersIn(ordered, layout, Math.floor(frameBytes(layout) * frames * 8 / allocated));
}
