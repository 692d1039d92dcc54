/** What the frames of a path changed, as numbers and as heat maps. */

import {
  type Images,
  type PathRecord,
  rowSize,
  takeRows,
  type Tensor,
  tensor,
} from "@countergrade/countergrade";
import { colorAt, DIVERGING, hexOf } from "@countergrade/countergrade/figures";
import { toneDifference } from "@countergrade/countergrade/images";
import { percentile } from "@countergrade/countergrade/linear";

/** What differs between frames and reconstruction. */
export interface Differences {
  /** Frame − reconstruction `[n, c, h, w]`, in intensity, so from −2 to 2. */
  readonly values: Tensor;
  /** Heat maps `[n, 3, h, w]` in [-1, 1]: red brighter, blue darker. */
  readonly maps: Images;
  /** The difference that has the full color, the same in all maps of a path. */
  readonly range: number;
}

/** Round ranges, so that the maps of alike paths can be compared. */
const RANGES = [0.05, 0.1, 0.2, 0.5, 1, 2];
/** The share of pixels, in percent, whose difference is within the range. */
const WITHIN = 99;

/** Compares the frames of a path with its reconstruction. */
export function differencesOf({ reconstruction, frames }: PathRecord): Differences {
  const size = rowSize(frames);
  const values = tensor(
    frames.shape,
    frames.data.map((value, k) => value - reconstruction.data[k % size]),
  );
  const usual = percentile(values.data.map(Math.abs), WITHIN);
  const range = RANGES.find((range) => usual <= range) ?? RANGES[RANGES.length - 1];
  const repeated = takeRows(reconstruction, new Int32Array(frames.shape[0]));
  return { values, maps: toneDifference(repeated, frames, { range }), range };
}

/** The least and the greatest of some numbers. */
export function extremes(values: Float32Array): { least: number; greatest: number } {
  return values.reduce(
    ({ least, greatest }, value) => ({
      least: Math.min(least, value),
      greatest: Math.max(greatest, value),
    }),
    { least: Infinity, greatest: -Infinity },
  );
}

/** The colors of heat maps as an SVG of 260 × 56, with the differences that they stand for. */
export function differenceLegend(range: number): string {
  const stops = Array.from({ length: 21 }, (_, i) => {
    const color = hexOf(colorAt(DIVERGING, i / 20));
    return `<stop offset="${5 * i}%" stop-color="${color}"/>`;
  });
  const label = (x: number, text: string) =>
    `<text x="${x}" y="50" text-anchor="middle">${text}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="260" height="56" viewBox="0 0 260 56" ` +
    `font-family="sans-serif" font-size="12">`,
    `<title>Intensity of the frame minus that of the reconstruction, images from −1 to 1</title>`,
    `<rect width="260" height="56" fill="#fff"/>`,
    `<linearGradient id="scale">${stops.join("")}</linearGradient>`,
    `<rect x="30" y="8" width="200" height="24" fill="url(#scale)" stroke="#777"/>`,
    label(30, `−${range}`) + label(130, "0") + label(230, `+${range}`),
    "</svg>\n",
  ].join("\n");
}
