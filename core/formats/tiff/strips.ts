/** What the strips and tiles of a TIFF file come to, found out before they are expanded: the decoder expands whatever there is. */

import { inflate } from "../inflate.ts";

/** What a directory of a TIFF file says of its pixels, as the package tiff names it. */
export interface StripLayout {
  readonly width: number;
  readonly height: number;
  readonly samplesPerPixel: number;
  readonly bitsPerSample: number;
  readonly compression: number;
  readonly rowsPerStrip: number;
  readonly stripOffsets?: readonly number[];
  readonly stripByteCounts?: readonly number[];
  readonly tiled: boolean;
  readonly tileWidth?: number;
  readonly tileHeight?: number;
  readonly tileOffsets?: readonly number[];
  readonly tileByteCounts?: readonly number[];
}

/** Strips or tiles. */
interface Parts {
  readonly offsets: readonly number[];
  readonly counts: readonly number[];
  /** How many the picture needs. */
  readonly needed: number;
  /** Pixels of one. */
  readonly pixels: number;
}

/** What is wrong with a part that may come to `most` bytes, by the number of the compression (TIFF 6.0, section 3). */
const FAULTS: Readonly<Record<number, (part: Uint8Array, most: number) => string | undefined>> = {
  5: lzwFault,
  8: deflateFault,
  32_946: deflateFault,
};

const TOO_LONG = "comes to more than its pixels";

/**
 * What is wrong with the parts of a picture, or undefined: there are more than it needs, they lie outside of the file or share
 * bytes, or one comes to more than its pixels.
 */
export function faultOfStrips(bytes: Uint8Array, layout: StripLayout): string | undefined {
  const { samplesPerPixel, bitsPerSample, compression } = layout;
  const { offsets, counts, needed, pixels } = layout.tiled ? tilesOf(layout) : stripsOf(layout);
  if (!(offsets.length <= needed * samplesPerPixel)) {
    return `expected at most ${needed} strips or tiles, it has ${offsets.length}`;
  }
  if (!(pixels * needed <= MOST_PIXELS)) return "its tiles are too large";
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > bytes.length) return "its strips or tiles share bytes, or reach beyond the file";
  const most = pixels * samplesPerPixel * Math.max(8, bitsPerSample) / 8;
  const faultOf = FAULTS[compression];
  if (!faultOf) return undefined;
  for (const [i, at] of offsets.entries()) {
    const fault = faultOf(bytes.subarray(at, at + counts[i]), most);
    if (fault) return `its strip or tile ${i} ${fault}`;
  }
}

/** The most pixels of all parts together; tiles may reach beyond the picture. */
const MOST_PIXELS = 2 ** 28;

function stripsOf(
  { width, height, rowsPerStrip, stripOffsets = [], stripByteCounts = [] }: StripLayout,
): Parts {
  const rows = Math.min(rowsPerStrip, height);
  const needed = Math.ceil(height / rows);
  return { offsets: stripOffsets, counts: stripByteCounts, needed, pixels: width * rows };
}

function tilesOf(
  { width, height, tileWidth = 1, tileHeight = 1, tileOffsets = [], tileByteCounts = [] }:
    StripLayout,
): Parts {
  const needed = Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight);
  return { offsets: tileOffsets, counts: tileByteCounts, needed, pixels: tileWidth * tileHeight };
}

function deflateFault(part: Uint8Array, most: number): string | undefined {
  try {
    inflate(part, most);
  } catch (error) {
    return error instanceof RangeError ? TOO_LONG : "is damaged";
  }
}

const CLEAR = 256;
const END = 257;

/** Follows the codes of TIFF's LZW (TIFF 6.0, section 13), adding up the lengths of their strings without the strings. */
function lzwFault(part: Uint8Array, most: number): string | undefined {
  const lengths = new Uint32Array(4096).fill(1, 0, 256);
  let [next, width, previous, total] = [258, 9, -1, 0];
  for (let bit = 0; bit + width <= part.length * 8;) {
    const at = bit >> 3;
    const word = (part[at] << 16) | ((part[at + 1] ?? 0) << 8) | (part[at + 2] ?? 0);
    const code = (word >> (24 - width - (bit & 7))) & ((1 << width) - 1);
    bit += width;
    if (code === END) return undefined;
    if (code === CLEAR) {
      [next, width, previous] = [258, 9, -1];
      continue;
    }
    // Strings of an earlier table, which the decoder still has, are none of this one.
    if (previous < 0 ? code > 255 : code > next || next > 4095) return "is damaged";
    if (previous >= 0) lengths[next++] = lengths[previous] + 1;
    if (next === 511 || next === 1023 || next === 2047) width = Math.log2(next + 1) + 1;
    total += lengths[code];
    if (total > most) return TOO_LONG;
    previous = code;
  }
}
