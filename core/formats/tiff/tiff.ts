/** TIFF files as images, over the package tiff. */

import { decode } from "tiff";
import { defaultMaxPixels } from "../png/header.ts";
import type { Images } from "../../tensor.ts";
import { faultOfStrips } from "./strips.ts";
import { refusal } from "../../refusal.ts";

const refused = refusal("Cannot read the TIFF file");

/** Whether bytes begin as TIFF does, in either byte order. */
export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  return a === 0x49 && b === 0x49 && c === 42 && d === 0 ||
    a === 0x4d && b === 0x4d && c === 0 && d === 42;
}

/** PhotometricInterpretation: 0 and 1 are gray (0 inverted), 2 is RGB. */
const GRAY_INVERTED = 0;
const GRAY = 1;
const RGB = 2;

/** Colors and opacity. */
const MOST_SAMPLES = 5;
const BITS: readonly number[] = [1, 8, 16, 32, 64];

/**
 * Decodes the first page of a TIFF to `[1, 1, h, w]` (gray) or `[1, 3, h, w]` (RGB) in [-1, 1]: 8 and 16 bits from the
 * least to the greatest number of that many bits, float from the page's own least to its greatest value. Opacity is ignored.
 *
 * @throws {FormatError} When the file is damaged, has more than `maxPixels`, or holds other colors.
 */
export function readTiff(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { maxPixels?: number } = {},
): Images {
  checkDirectories(bytes);
  // Looked at first without pixels, so that a size that lies costs nothing.
  const [head] = attempt(() => decode(bytes, { pages: [0], ignoreImageData: true }));
  const { width, height, type, samples, bits } = attempt(() => ({
    width: head.width,
    height: head.height,
    type: head.type,
    samples: head.samplesPerPixel,
    bits: head.bitsPerSample,
  }));
  const plane = width * height;
  if (!(Number.isInteger(plane) && plane >= 1 && plane <= maxPixels)) {
    throw refused(`expected at most ${maxPixels} pixels, it has ${width} × ${height}`);
  }
  if (!(samples >= 1 && samples <= MOST_SAMPLES && BITS.includes(bits))) {
    throw refused(`${samples} samples of ${bits} bits are not read`);
  }
  const fault = attempt(() => faultOfStrips(bytes, head));
  if (fault !== undefined) throw refused(fault);
  const { data } = attempt(() => decode(bytes, { pages: [0] })[0]);
  const colors = type === RGB ? 3 : type === GRAY || type === GRAY_INVERTED ? 1 : 0;
  if (!colors || samples < colors || data.length !== samples * plane) {
    throw refused(`colors of kind ${type} with ${samples} samples are not read`);
  }
  const { low, high } = rangeOf(data);
  const sign = type === GRAY_INVERTED ? -1 : 1;
  const out = new Float32Array(colors * plane);
  for (let c = 0; c < colors; c++) {
    for (let i = 0; i < plane; i++) {
      const y = high > low ? 2 * (data[i * samples + c] - low) / (high - low) - 1 : -1;
      // NaN is background.
      out[c * plane + i] = sign * (y > -1 ? Math.min(1, y) : -1);
    }
  }
  return { shape: [1, colors, height, width], data: out };
}

/** Bytes of a value by its type (TIFF 6.0, section 2); others are skipped by readers. */
const VALUE_BYTES: readonly number[] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
/** Tags whose value is the place of a further directory: Exif and GPS. */
const DIRECTORIES: readonly number[] = [34_665, 34_853];

/** Holds every directory to what the file can hold: the decoder makes room for as many values as an entry claims. */
function checkDirectories(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const seen = new Set<number>();
  const open = [attempt(() => view.getUint32(4, little))];
  for (let at = open.pop(); at; at = open.pop()) {
    if (seen.has(at)) throw refused("its directories go in a circle");
    seen.add(at);
    const count = attempt(() => view.getUint16(at!, little));
    const end = at + 2 + 12 * count;
    if (end + 4 > bytes.length) throw refused("a directory reaches beyond the file");
    for (let entry = at + 2; entry < end; entry += 12) {
      const size = VALUE_BYTES[view.getUint16(entry + 2, little)] ?? 0;
      if (size * view.getUint32(entry + 4, little) > bytes.length) {
        throw refused("an entry claims more values than the file can hold");
      }
      const tag = view.getUint16(entry, little);
      if (DIRECTORIES.includes(tag)) open.push(view.getUint32(entry + 8, little));
    }
    open.push(view.getUint32(end, little));
  }
}

function rangeOf(data: ArrayLike<number>): { low: number; high: number } {
  if (data instanceof Uint8Array) return { low: 0, high: 255 };
  if (data instanceof Uint16Array) return { low: 0, high: 65_535 };
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    if (data[i] < low && Number.isFinite(data[i])) low = data[i];
    if (data[i] > high && Number.isFinite(data[i])) high = data[i];
  }
  return { low, high };
}

function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
}
