/** Pictures as they are shown: through a window of intensity, or as colors of a difference. */

/// <reference lib="dom" />

import { colorAt, DIVERGING } from "@countergrade/countergrade/figures";
import type { Window } from "./look.ts";

/** Steps of a color scale; more cannot be told apart. */
const STEPS = 510;
const COLORS = Array.from({ length: STEPS + 1 }, (_, i) => colorAt(DIVERGING, i / STEPS));

/** The color of a difference of intensity. */
export function differenceColor(difference: number, range: number) {
  const share = Math.min(1, Math.max(0, 0.5 + difference / (2 * range)));
  return COLORS[Math.round(share * STEPS)];
}

/** A picture through a window. */
export function windowed(image: ImageData, { level, width, inverted }: Window): ImageData {
  const shades = Uint8ClampedArray.from({ length: 256 }, (_, value) => {
    const share = (value / 127.5 - 1 - level) / width + 0.5;
    return 255 * (inverted ? 1 - share : share);
  });
  const shown = new ImageData(image.width, image.height);
  for (let i = 0; i < image.data.length; i++) {
    shown.data[i] = i % 4 === 3 ? image.data[i] : shades[image.data[i]];
  }
  return shown;
}

/** What a frame adds to a reference: red brighter, blue darker, full color at `range`. With `veil` only what differs is opaque. */
export function difference(
  frame: ImageData,
  reference: ImageData,
  range: number,
  veil = false,
): ImageData | undefined {
  if (frame.width !== reference.width || frame.height !== reference.height) return undefined;
  const shown = new ImageData(frame.width, frame.height);
  for (let i = 0; i < frame.data.length; i += 4) {
    let sum = 0;
    for (let k = i; k < i + 3; k++) sum += frame.data[k] - reference.data[k];
    // Means of three channels, from 255 to an intensity of 2.
    const change = sum / 382.5;
    const color = differenceColor(veil ? Math.sign(change) * range : change, range);
    shown.data.set(color, i);
    shown.data[i + 3] = veil ? 255 * Math.min(1, Math.abs(change) / range) : 255;
  }
  return shown;
}
