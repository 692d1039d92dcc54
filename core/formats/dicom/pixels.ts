/** How pixels lie in a DICOM file: sizes, bits, colors, frames. */

import type { DataSet } from "dicom-parser";
import { decodeRle } from "./rle.ts";
import { voxelCount } from "../volume.ts";
import { refusal } from "../../refusal.ts";

export const refused = refusal("Cannot read the DICOM file");

/** The image pixel module (PS3.3 C.7.6.3), as far as it is read. */
export interface PixelLayout {
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  /** 1 gray, 3 RGB. */
  readonly samples: number;
  /** Bytes of a sample. */
  readonly width: number;
  /** Bits of a sample that count, the highest of them, and whether they have a sign. */
  readonly stored: number;
  readonly high: number;
  readonly signed: boolean;
  /** Colors one plane after the other instead of pixel by pixel. */
  readonly planar: boolean;
  readonly photometric: string;
}

const NAMES: Readonly<Record<string, string>> = {
  x00280010: "Rows",
  x00280011: "Columns",
  x00280100: "BitsAllocated",
};

/** Reads the layout. @throws {FormatError} When a part is missing, impossible or not read. */
export function layoutOf(set: DataSet): PixelLayout {
  const whole = (tag: string, fallback?: number): number => {
    const value = set.uint16(tag) ?? fallback;
    if (value === undefined) throw refused(`it has no ${NAMES[tag] ?? tag}`);
    return value;
  };
  const allocated = whole("x00280100");
  const stored = whole("x00280101", allocated);
  const layout: PixelLayout = {
    columns: whole("x00280011"),
    rows: whole("x00280010"),
    frames: Number(set.intString("x00280008") ?? 1),
    samples: whole("x00280002", 1),
    width: allocated / 8,
    stored,
    high: whole("x00280102", stored - 1),
    signed: whole("x00280103", 0) === 1,
    planar: whole("x00280006", 0) === 1,
    photometric: (set.string("x00280004") ?? "MONOCHROME2").trim(),
  };
  const { columns, rows, frames, samples, high, photometric } = layout;
  voxelCount("the DICOM file", [columns, rows, frames], samples);
  const fits = stored >= 1 && stored <= allocated && high >= stored - 1 && high < allocated;
  if (![8, 16, 32].includes(allocated) || !fits) {
    throw refused(`pixels of ${stored} bits up to bit ${high} in ${allocated} are not read`);
  }
  const colors = photometric === "RGB" ? 3 : /^MONOCHROME[12]$/.test(photometric) ? 1 : 0;
  if (!colors || samples !== colors) {
    throw refused(`colors of kind ${photometric} with ${samples} samples are not read`);
  }
  return layout;
}

/** RLE frames, one fragment each, unpacked one after the other. */
export function rleFrames(
  set: DataSet,
  frameBytes: number,
  { frames, width, samples }: PixelLayout,
): Uint8Array {
  const fragments = set.elements.x7fe00010.fragments ?? [];
  if (fragments.length !== frames) {
    throw refused(`expected ${frames} frames of RLE, it has ${fragments.length}`);
  }
  const out = new Uint8Array(frames * frameBytes);
  fragments.forEach(({ position, length }, frame) => {
    const bytes = (set.byteArray as Uint8Array).subarray(position, position + length);
    out.set(decodeRle(bytes, frameBytes, width, samples), frame * frameBytes);
  });
  return out;
}

/** Numbers of `stored` bits below `high`, with sign where there is one. */
export function pixelsOf(bytes: Uint8Array, layout: PixelLayout): Float32Array {
  const { width, stored, high, signed } = layout;
  const words = width === 1
    ? bytes
    : width === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const up = 31 - high;
  const down = 32 - stored;
  const out = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const raised = words[i] << up;
    out[i] = signed ? raised >> down : raised >>> down;
  }
  return out;
}

/** Colors to `[color, frame, row, column]`. */
export function colorPlanes(raw: Float32Array, layout: PixelLayout): Float32Array {
  const { rows, columns, frames, samples, planar } = layout;
  const plane = rows * columns;
  const out = new Float32Array(raw.length);
  for (let frame = 0; frame < frames; frame++) {
    for (let s = 0; s < samples; s++) {
      for (let i = 0; i < plane; i++) {
        const from = frame * plane * samples + (planar ? s * plane + i : i * samples + s);
        out[(s * frames + frame) * plane + i] = raw[from];
      }
    }
  }
  return out;
}
