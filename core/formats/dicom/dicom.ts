/** DICOM images: one file, one or several frames. */

import type { DataSet } from "dicom-parser";
import { attemptLater } from "../../refusal.ts";
import { MAX_VOXELS, type Volume } from "../volume.ts";
import { colorsOf } from "./colors.ts";
import { type ParsedDicom, parsedDicom } from "./file.ts";
import { storedPixels } from "./frames.ts";
import { placeFrom } from "./geometry.ts";
import { type GroupsOf, groupsOf } from "./groups.ts";
import { layoutOf, type PixelLayout } from "./layout.ts";
import { toModality } from "./modality.ts";
import { paddingIn } from "./padding.ts";
import { refused } from "./refused.ts";
import { codingOf } from "./syntax.ts";
import {
  byRange,
  byTable,
  byWindow,
  type DicomWindow,
  edgesOf,
  extremesOf,
  proposedTable,
  proposedWindow,
  type Shown,
} from "./window.ts";

/** What a DICOM file tells. */
export interface DicomImage {
  /** Frames along k, colors as channels. Numbers are modality values (rescaled, as Hounsfield units), colors 0–255. */
  readonly volume: Volume;
  /** 1 where a voxel is padding and no measurement; undefined where there is none. */
  readonly padding?: Uint8Array;
  /** The same as shown on a screen: window or table applied, inverted where asked for, padding black, in [-1, 1]. */
  display(window?: DicomWindow): Volume;
  /** The first window that the file proposes. */
  readonly window?: DicomWindow;
  /** How {@linkcode DicomImage.display} shows a frame, in words: `window 40/400`. */
  shownBy(frame: number): string;
  /** The modality values that {@linkcode DicomImage.display} shows black and white in a frame; of colors 0 and 255. */
  numbersOf(frame: number): readonly [black: number, white: number];
  readonly photometric: string;
  readonly patientId?: string;
  /** SeriesInstanceUID. */
  readonly series?: string;
  readonly modality?: string;
}

/**
 * Reads a file, with or without the preamble of PS3.10: uncompressed (little or big endian, implicit or explicit),
 * deflated, RLE, JPEG (baseline, extended, lossless), JPEG-LS, JPEG 2000 or HTJ2K.
 *
 * @param options `maxPixels`: the most pixels of all frames together.
 * @throws {FormatError} When it is not DICOM, has no pixels, is cut off, is beyond `maxPixels`, or is of a transfer syntax
 * that is not read; the message names it.
 */
export async function readDicom(
  file: Uint8Array,
  { maxPixels = MAX_VOXELS }: { maxPixels?: number } = {},
): Promise<DicomImage> {
  const parsed = parsedDicom(file);
  // What dicom-parser throws where an element holds something else than it should is no FormatError.
  return await attemptLater(() => imageOf(parsed, maxPixels), refused);
}

async function imageOf({ set, syntax }: ParsedDicom, maxPixels: number): Promise<DicomImage> {
  const layout = layoutOf(set);
  const coding = syntax === undefined ? "native" : codingOf(syntax);
  const { columns, rows, frames } = layout;
  if (columns * rows * frames > maxPixels) {
    throw refused(
      `expected at most ${maxPixels} pixels, it has ${columns} × ${rows}, ${frames} times`,
    );
  }
  const pixels = await storedPixels(set, coding, layout);
  const groups = groupsOf(set);
  const place = placeFrom(set, groups, frames);
  const size = [columns, rows, frames] as const;
  const isColor = !layout.photometric.startsWith("MONOCHROME");
  const known = {
    window: proposedWindow(groups),
    photometric: layout.photometric,
    patientId: set.string("x00100020")?.trim() || undefined,
    modality: set.string("x00080060")?.trim() || undefined,
    series: set.string("x0020000e")?.trim() || undefined,
  };
  if (isColor) {
    const volume = { size, channels: 3, data: colorsOf(set, pixels, layout), ...place };
    return {
      ...known,
      volume,
      display: () => shownColors(volume),
      shownBy: () => "",
      numbersOf: () => [0, 255],
    };
  }
  const mask = paddingIn(pixels.numbers, set, layout);
  toModality(pixels.numbers, set, groups, layout);
  const volume = { size, channels: 1, data: pixels.numbers, ...place };
  return { ...known, volume, padding: mask, ...grayDisplay(volume, set, groups, layout, mask) };
}

/** How gray is shown (PS3.3 C.11: modality, values of interest, presentation). */
function grayDisplay(
  volume: Volume,
  set: DataSet,
  groups: GroupsOf,
  { frames, signed, photometric }: PixelLayout,
  mask: Uint8Array | undefined,
): Pick<DicomImage, "display" | "shownBy" | "numbersOf"> {
  // MONOCHROME1 goes with INVERSE (PS3.3 C.8.11.3.1.2): together they invert once.
  const inverted = photometric === "MONOCHROME1" ||
    set.string("x20500020")?.trim().toUpperCase() === "INVERSE";
  const table = proposedTable(set, signed || volume.data.some((value) => value < 0));
  const plane = volume.data.length / frames;
  const display = (asked?: DicomWindow): Volume => {
    const range = byRange(volume.data, mask);
    const data = new Float32Array(volume.data.length);
    for (let frame = 0; frame < frames; frame++) {
      const window = asked ?? (table ? undefined : proposedWindow(groups, frame));
      const shown: Shown = window ? byWindow(window) : table ? byTable(table) : range;
      const sign = inverted ? -1 : 1;
      for (let i = frame * plane; i < (frame + 1) * plane; i++) {
        data[i] = mask?.[i] ? -1 : sign * shown(volume.data[i]);
      }
    }
    return { ...volume, data };
  };
  const shownBy = (frame: number) => {
    const window = table ? undefined : proposedWindow(groups, frame);
    if (table) return "the file's table (VOI LUT)";
    return window
      ? `window ${window.center}/${window.width}${window.function ? ` ${window.function}` : ""}`
      : "from the least to the greatest value";
  };
  const numbersOf = (frame: number) => {
    const window = table ? undefined : proposedWindow(groups, frame);
    const edges = window ? edgesOf(window) : extremesOf(volume.data, mask);
    return inverted ? [edges[1], edges[0]] as const : edges;
  };
  return { display, shownBy, numbersOf };
}

function shownColors(volume: Volume): Volume {
  return { ...volume, data: volume.data.map((x) => Math.min(1, x / 127.5 - 1)) };
}
