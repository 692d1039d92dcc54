/** Which values of a picture are black and white, where its file's own way is not wanted. */

import { FormatError } from "../errors.ts";
import { percentilesOf } from "./percentiles.ts";
import { type Pixels, readRow } from "../formats/pixels.ts";

/**
 * `full` is all that a number of the file can be (of DICOM, from its least to its greatest value), `percentiles 0.5 99.5` leaves
 * the darkest and brightest out, `window 40 400` is a center and a width in the file's own numbers, as Hounsfield units.
 */
export type ValueRange =
  | { readonly kind: "full" }
  | { readonly kind: "percentiles"; readonly from: number; readonly to: number }
  | { readonly kind: "window"; readonly center: number; readonly width: number };

const NUMBER = String.raw`(-?\d+(?:\.\d+)?)`;

/** How a {@linkcode ValueRange} is written: `full`, `percentiles`, `percentiles 1 99`, `window 40 400`. */
export const VALUE_RANGE: RegExp = new RegExp(
  `^(?:full|percentiles(?: ${NUMBER} ${NUMBER})?|window ${NUMBER}[ /]${NUMBER})$`,
);

/**
 * Reads what stands in a description or an option.
 *
 * @throws {FormatError} When it is none, percentiles do not rise from 0 to 100, or a window has no width.
 * @example
 * ```ts
 * import { valueRangeOf } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(valueRangeOf("window 40 400"), { kind: "window", center: 40, width: 400 });
 * assertEquals(valueRangeOf("percentiles"), { kind: "percentiles", from: 0.5, to: 99.5 });
 * ```
 */
export function valueRangeOf(text: string): ValueRange {
  const [, from, to, center, width] = text.match(VALUE_RANGE) ?? [text];
  if (text === "full") return { kind: "full" };
  if (center !== undefined && Number(width) > 0) {
    return { kind: "window", center: Number(center), width: Number(width) };
  }
  const [low, high] = [Number(from ?? 0.5), Number(to ?? 99.5)];
  const rises = low >= 0 && low < high && high <= 100;
  if (text.startsWith("percentiles") && VALUE_RANGE.test(text) && rises) {
    return { kind: "percentiles", from: low, to: high };
  }
  throw new FormatError(
    `Cannot choose intensities: expected full, percentiles 0.5 99.5 or window 40 400, it is ${text}`,
  );
}

/** A {@linkcode ValueRange} in words, as results have it: `window 40/400`. */
export function valueRangeText(range: ValueRange): string {
  if (range.kind === "window") return `window ${range.center}/${range.width}`;
  return range.kind === "full" ? "all values" : `percentiles ${range.from} to ${range.to}`;
}

/** More pixels than this tell no more of percentiles. */
const ENOUGH = 2 ** 20;

/**
 * A picture with other values black and white.
 *
 * @param numbers What black and white are in the file's numbers.
 */
export function shownBy(
  pixels: Pixels,
  range: ValueRange,
  [black, white]: readonly [number, number],
): Pixels {
  if (range.kind === "full") return pixels;
  if (range.kind === "percentiles") {
    const [low, high] = percentilesOf(drawn(pixels), [range.from, range.to]);
    return { ...pixels, shown: [low, high] };
  }
  const intensityOf = (number: number) => 2 * (number - black) / (white - black) - 1;
  const { center, width } = range;
  const edges = [center - width / 2, center + width / 2].map(intensityOf);
  // A file whose 0 is white stays so.
  return { ...pixels, shown: [Math.min(...edges), Math.max(...edges)] };
}

/** The file's numbers that are black and white once a picture is shown as {@linkcode shownBy} says. */
export function numbersOf(
  { shown = [-1, 1] }: Pixels,
  [black, white]: readonly [number, number],
): [black: number, white: number] {
  const numberOf = (y: number) => black + (y + 1) / 2 * (white - black);
  return [numberOf(shown[0]), numberOf(shown[1])];
}

/** Intensities of rows that are spread over a picture. */
function drawn(pixels: Pixels): Float32Array {
  const { channels, height, width } = pixels;
  const step = Math.ceil(channels * height * width / ENOUGH);
  const rows = Math.ceil(height / step);
  const out = new Float32Array(channels * rows * width);
  for (let i = 0; i < channels * rows; i++) {
    const row = out.subarray(i * width, (i + 1) * width);
    readRow(pixels, Math.floor(i / rows), (i % rows) * step, row);
  }
  return out;
}

/** Less than this share of what numbers can be is told. */
const SMALL = 0.26;

/** A warning where the values of a picture fill a small part of what its numbers can be, as 12 bits in 16. */
export function fillWarning(
  pixels: Pixels,
  [black, white]: readonly [number, number],
): string | undefined {
  const { channels, height, width } = pixels;
  let [low, high] = [Infinity, -Infinity];
  const row = new Float32Array(width);
  for (let i = 0; i < channels * height; i++) {
    readRow(pixels, Math.floor(i / height), i % height, row);
    for (const y of row) {
      if (y < low) low = y;
      if (y > high) high = y;
    }
  }
  const share = (high - low) / 2;
  if (!(share > 0 && share < SMALL)) return undefined;
  const [least, most] = numbersOf({ ...pixels, shown: [low, high] }, [black, white]);
  return `its values, ${Math.round(least)} to ${Math.round(most)}, fill ${
    Math.max(1, Math.round(100 * share))
  } % of ${black} to ${white}; an intensity of "percentiles" or "window" shows more`;
}
