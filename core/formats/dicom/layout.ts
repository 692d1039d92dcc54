/** How pixels lie in a DICOM file: sizes, bits, colors, frames. */

import type { DataSet } from "dicom-parser";
import { voxelCount } from "../volume.ts";
import { kindWithoutPixels } from "./kinds.ts";
import { refused } from "./refused.ts";

/** The image pixel module (PS3.3 C.7.6.3), as far as it is read. */
export interface PixelLayout {
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  /** 1 gray or indices of a palette, 3 colors. */
  readonly samples: number;
  /** Bits that a sample takes: 1, 8, 16 or 32; 32 and 64 where it is a real number. */
  readonly allocated: number;
  /** Bits of a sample that count, the highest of them, and whether they have a sign. */
  readonly stored: number;
  readonly high: number;
  readonly signed: boolean;
  /** Samples are real numbers of `allocated` bits. */
  readonly real: boolean;
  /** Colors one plane after the other instead of pixel by pixel. */
  readonly planar: boolean;
  readonly photometric: string;
}

const NAMES: Readonly<Record<string, string>> = {
  x00280010: "Rows",
  x00280011: "Columns",
  x00280100: "BitsAllocated",
};

/** What can be shown: kinds of colors, and the samples of each. */
const SAMPLES: Readonly<Record<string, number>> = {
  MONOCHROME1: 1,
  MONOCHROME2: 1,
  "PALETTE COLOR": 1,
  RGB: 3,
  YBR_FULL: 3,
  YBR_FULL_422: 3,
  YBR_PARTIAL_422: 3,
  YBR_PARTIAL_420: 3,
  YBR_ICT: 3,
  YBR_RCT: 3,
};

/** Where pixels are: whole numbers, real ones, real ones of double precision. */
export const PIXELS = { whole: "x7fe00010", single: "x7fe00008", double: "x7fe00009" } as const;

/** Reads the layout. @throws {FormatError} When a part is missing, impossible or not read. */
export function layoutOf(set: DataSet): PixelLayout {
  const real = !!(set.elements[PIXELS.single] ?? set.elements[PIXELS.double]);
  if (!real && !set.elements[PIXELS.whole]) {
    const kind = kindWithoutPixels(set);
    throw refused(kind ? `it is ${kind} and holds no picture` : "it has no pixels");
  }
  const whole = (tag: string, fallback?: number): number => {
    const value = set.uint16(tag) ?? fallback;
    if (value === undefined) throw refused(`it has no ${NAMES[tag] ?? tag}`);
    return value;
  };
  const allocated = whole("x00280100");
  const stored = whole("x00280101", allocated);
  const samples = whole("x00280002", 1);
  const layout: PixelLayout = {
    columns: whole("x00280011"),
    rows: whole("x00280010"),
    frames: Number(set.intString("x00280008") || 1),
    samples,
    allocated,
    stored,
    high: whole("x00280102", stored - 1),
    signed: whole("x00280103", 0) === 1,
    real,
    planar: whole("x00280006", 0) === 1,
    photometric: (set.string("x00280004") ?? (samples === 3 ? "RGB" : "MONOCHROME2")).trim()
      .toUpperCase(),
  };
  checkLayout(layout);
  return layout;
}

function checkLayout(layout: PixelLayout): void {
  const { columns, rows, frames, samples, allocated, stored, high, real, photometric } = layout;
  voxelCount("the DICOM file", [columns, rows, frames], samples);
  const fits = stored >= 1 && stored <= allocated && high >= stored - 1 && high < allocated;
  if (real ? ![32, 64].includes(allocated) : ![1, 8, 16, 32].includes(allocated) || !fits) {
    throw refused(`pixels of ${stored} bits up to bit ${high} in ${allocated} are not read`);
  }
  if (SAMPLES[photometric] !== samples || (allocated === 1 && samples > 1)) {
    throw refused(`colors of kind ${photometric} with ${samples} samples are not read`);
  }
}

/** Bytes of one frame where it is not compressed; with one bit per pixel frames follow each other without a gap. */
export function frameBytes(layout: PixelLayout): number {
  const { columns, rows, samples, allocated, photometric } = layout;
  // Two pixels of 4:2:2 share their colors.
  const perPixel = /_42[02]$/.test(photometric) ? 2 : samples;
  return columns * rows * perPixel * allocated / 8;
}

/** Numbers of `stored` bits below `high`, with sign where there is one; or real ones. Little endian. */
export function numbersIn(bytes: Uint8Array, layout: PixelLayout, count: number): Float32Array {
  const { allocated, stored, high, signed, real } = layout;
  const aligned = bytes.slice();
  if (real) {
    return allocated === 32
      ? new Float32Array(aligned.buffer, 0, count)
      : Float32Array.from(new Float64Array(aligned.buffer, 0, count));
  }
  if (allocated === 1) {
    return Float32Array.from({ length: count }, (_, i) => bytes[i >> 3] >> (i & 7) & 1);
  }
  const words = allocated === 8
    ? aligned
    : allocated === 16
    ? new Uint16Array(aligned.buffer, 0, count)
    : new Uint32Array(aligned.buffer, 0, count);
  const up = 31 - high;
  const down = 32 - stored;
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const raised = words[i] << up;
    out[i] = signed ? raised >> down : raised >>> down;
  }
  return out;
}
