/** Windows: which modality values a screen shows, from black to white. */

import type { DataSet } from "dicom-parser";
import type { Volume } from "../volume.ts";
import { numbersOf } from "./numbers.ts";

/** A window in modality values (PS3.3 C.11.2.1.2). */
export interface DicomWindow {
  readonly center: number;
  readonly width: number;
}

/** The first window that a file proposes. */
export function proposedWindow(set: DataSet): DicomWindow | undefined {
  const center = numbersOf(set, "x00281050", 1)?.[0];
  const width = numbersOf(set, "x00281051", 1)?.[0];
  return center !== undefined && width !== undefined && width >= 1 ? { center, width } : undefined;
}

/** VOI LUT function LINEAR (PS3.3 C.11.2.1.2.1): y from -1 to 1; without a window from the least to the greatest value. */
export function applyWindow(
  volume: Volume,
  window: DicomWindow | undefined,
  inverted: boolean,
): Volume {
  const { low, span } = window
    ? { low: window.center - 0.5 - (window.width - 1) / 2, span: window.width - 1 }
    : rangeOf(volume.data);
  const sign = inverted ? -1 : 1;
  const data = volume.data.map((x) => {
    // A width of 1 is a threshold.
    const y = span > 0 ? 2 * (x - low) / span - 1 : x > low ? 1 : -1;
    return sign * (y > -1 ? Math.min(1, y) : -1);
  });
  return { ...volume, data };
}

function rangeOf(data: Float32Array): { low: number; span: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, span: high - low };
}
