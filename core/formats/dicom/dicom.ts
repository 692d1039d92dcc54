/** DICOM images: one file, one or several frames. */

import dicomParser, { type DataSet } from "dicom-parser";
import { byteSwapped } from "../byte_order.ts";
import { colorPlanes, layoutOf, type PixelLayout, pixelsOf, refused, rleFrames } from "./pixels.ts";
import { FormatError } from "../../errors.ts";
import { numbersOf } from "./numbers.ts";
import { applyWindow, type DicomWindow, proposedWindow } from "./window.ts";
import { inflate, mostInflated } from "../inflate.ts";
import { affineOf, checkedAffine, fromLps, MAX_VOXELS, type Volume } from "../volume.ts";

/** What a DICOM file tells. */
export interface DicomImage {
  /** Frames along k, colors as channels. Numbers are modality values (rescaled, as Hounsfield units), colors 0–255. */
  readonly volume: Volume;
  /** The same as shown on a screen: window applied and inverted where asked for, in [-1, 1]. */
  display(window?: DicomWindow): Volume;
  /** The first window that the file proposes. */
  readonly window?: DicomWindow;
  readonly photometric: string;
  readonly patientId?: string;
  readonly modality?: string;
}

const SYNTAXES: Readonly<Record<string, Coding>> = {
  "1.2.840.10008.1.2": "native",
  "1.2.840.10008.1.2.1": "native",
  "1.2.840.10008.1.2.1.99": "native",
  "1.2.840.10008.1.2.2": "big",
  "1.2.840.10008.1.2.5": "rle",
};

/** Names of the syntaxes that are not read, for the message. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ["1.2.840.10008.1.2.4.5", "JPEG (baseline, extended or lossless)"],
  ["1.2.840.10008.1.2.4.70", "JPEG lossless"],
  ["1.2.840.10008.1.2.4.8", "JPEG-LS"],
  ["1.2.840.10008.1.2.4.9", "JPEG 2000"],
  ["1.2.840.10008.1.2.4.20", "HTJ2K"],
  ["1.2.840.10008.1.2.4.1", "MPEG video"],
];

/** Whether bytes begin as DICOM files do: 128 bytes of anything, then DICM. */
export function isDicom(bytes: Uint8Array): boolean {
  return bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === "DICM";
}

/**
 * Reads a file with the preamble of PS3.10: uncompressed (little or big endian, implicit or explicit), deflated, or RLE.
 *
 * @param options `maxPixels`: the most pixels of all frames together.
 * @throws {FormatError} When it is not DICOM, has no pixels, is cut off, is beyond `maxPixels`, or is of a transfer syntax
 * that is not read; the message names it.
 */
export function readDicom(
  file: Uint8Array,
  { maxPixels = MAX_VOXELS }: { maxPixels?: number } = {},
): DicomImage {
  let set: DataSet;
  try {
    set = dicomParser.parseDicom(file, { inflater } as dicomParser.ParseDicomOptions);
    return imageOf(set, maxPixels);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const reason = error instanceof Error ? error.message : (error as { exception?: string })
      ?.exception ?? String(error);
    throw refused(reason, error);
  }
}

function imageOf(set: DataSet, maxPixels: number): DicomImage {
  const coding = codingOf(set);
  const layout = layoutOf(set);
  const { columns, rows, frames } = layout;
  if (columns * rows * frames > maxPixels) {
    throw refused(
      `expected at most ${maxPixels} pixels, it has ${columns} × ${rows}, ${frames} times`,
    );
  }
  const { samples, photometric } = layout;
  const stored = storedPixels(set, coding, layout);
  const ordered = coding === "big" ? byteSwapped(stored, layout.width) : stored.slice();
  const raw = pixelsOf(ordered, layout);
  const slope = Number(set.floatString("x00281053") ?? 1);
  const intercept = Number(set.floatString("x00281052") ?? 0);
  const volume: Volume = {
    size: [layout.columns, layout.rows, layout.frames],
    channels: samples,
    data: samples > 1
      ? colorPlanes(raw, { ...layout, planar: layout.planar && coding !== "rle" })
      : raw.map((value) => value * slope + intercept),
    affine: checkedAffine("the DICOM file", affineFrom(set)),
  };
  const window = proposedWindow(set);
  return {
    volume,
    window,
    photometric,
    patientId: set.string("x00100020")?.trim() || undefined,
    modality: set.string("x00080060")?.trim() || undefined,
    display: (asked = window) =>
      samples > 1 ? shownColors(volume) : applyWindow(volume, asked, photometric === "MONOCHROME1"),
  };
}

type Coding = "native" | "big" | "rle";

function codingOf(set: DataSet): Coding {
  const syntax = set.string("x00020010") ?? "1.2.840.10008.1.2";
  const coding = SYNTAXES[syntax];
  if (coding) return coding;
  const name = FOREIGN.find(([prefix]) => syntax.startsWith(prefix))?.[1] ?? "unknown";
  throw refused(`its transfer syntax ${syntax} (${name}) is not read; convert it to uncompressed`);
}

/** The bytes of all frames, one after the other. */
function storedPixels(set: DataSet, coding: Coding, layout: PixelLayout): Uint8Array {
  const element = set.elements.x7fe00010;
  if (!element) throw refused("it has no pixels");
  const needed = layout.columns * layout.rows * layout.frames * layout.samples * layout.width;
  if (coding === "rle") return rleFrames(set, needed / layout.frames, layout);
  if (element.encapsulatedPixelData) throw refused("its pixels are in pieces without a codec");
  const { dataOffset } = element;
  const bytes = (set.byteArray as Uint8Array).subarray(dataOffset, dataOffset + needed);
  const there = Math.min(element.length, bytes.length);
  if (there < needed) throw refused(`expected ${needed} bytes of pixels, it has ${there}`);
  return bytes;
}

/** Rows run along j, columns along i; PixelSpacing gives the distance of rows first. */
function affineFrom(set: DataSet): number[] {
  const spacing = numbersOf(set, "x00280030", 2) ?? numbersOf(set, "x00181164", 2) ?? [1, 1];
  const between = numbersOf(set, "x00180088", 1) ?? numbersOf(set, "x00180050", 1) ?? [1];
  const [a, b, c, d, e, f] = numbersOf(set, "x00200037", 6) ?? [1, 0, 0, 0, 1, 0];
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
  const origin = numbersOf(set, "x00200032", 3) ?? [0, 0, 0];
  const directions = [[a, b, c], [d, e, f], normal];
  return fromLps(affineOf(directions, [spacing[1], spacing[0], Math.abs(between[0]) || 1], origin));
}

function shownColors(volume: Volume): Volume {
  return { ...volume, data: volume.data.map((x) => Math.min(1, x / 127.5 - 1)) };
}

/** What dicom-parser asks for where the rest of a file is deflated: the whole file as if it were not. */
function inflater(file: Uint8Array, position: number): Uint8Array {
  const packed = file.subarray(position);
  const rest = inflate(packed, Math.min(MAX_VOXELS, mostInflated(packed.length)), { raw: true });
  const out = new Uint8Array(position + rest.length);
  out.set(file.subarray(0, position));
  out.set(rest, position);
  return out;
}
