/** Strips and tiles of a TIFF file, expanded to what their pixels need and no further (TIFF 6.0, sections 9, 13; Adobe's deflate). */

import { inflate } from "../inflate.ts";

/** Expands a part to at most `most` bytes. @throws {Error} When it is damaged or comes to more. */
type Unpack = (part: Uint8Array, most: number) => Uint8Array;

const TOO_LONG = "comes to more than its pixels";

/** By the number of the compression. JPEG is decoded elsewhere. */
export const UNPACKERS: Readonly<Record<number, Unpack>> = {
  1: (part, most) => part.subarray(0, most),
  5: unpackLzw,
  8: unpackDeflate,
  32_773: unpackBits,
  32_946: unpackDeflate,
};

function unpackDeflate(part: Uint8Array, most: number): Uint8Array {
  try {
    return inflate(part, most);
  } catch (error) {
    throw new Error(error instanceof RangeError ? TOO_LONG : "is damaged", { cause: error });
  }
}

/** Runs of bytes alike, and of bytes as they are. */
function unpackBits(part: Uint8Array, most: number): Uint8Array {
  const out = new Uint8Array(most);
  let to = 0;
  for (let at = 0; at < part.length && to < most;) {
    const control = part[at++];
    if (control === 128) continue;
    const count = control < 128 ? control + 1 : 257 - control;
    if (to + count > most) throw new Error(TOO_LONG);
    if (control < 128) out.set(part.subarray(at, at + count), to);
    else out.fill(part[at], to, to + count);
    at += control < 128 ? count : 1;
    to += count;
  }
  return out.subarray(0, to);
}

const CLEAR = 256;
const END = 257;

/** Codes of 9 to 12 bits; each string is that of an earlier code and one byte more. */
function unpackLzw(part: Uint8Array, most: number): Uint8Array {
  const out = new Uint8Array(most);
  // A string is what stood in the output at `starts`, so long.
  const starts = new Uint32Array(4096);
  const lengths = new Uint32Array(4096);
  const lengthOf = (code: number) => code < 256 ? 1 : lengths[code];
  let [next, width, previous, to] = [258, 9, -1, 0];
  for (let bit = 0; bit + width <= part.length * 8;) {
    const at = bit >> 3;
    const word = (part[at] << 16) | ((part[at + 1] ?? 0) << 8) | (part[at + 2] ?? 0);
    const code = (word >> (24 - width - (bit & 7))) & ((1 << width) - 1);
    bit += width;
    if (code === END) break;
    if (code === CLEAR) {
      [next, width, previous] = [258, 9, -1];
      continue;
    }
    if (previous < 0 ? code > 255 : code > next || next > 4095) throw new Error("is damaged");
    if (previous >= 0) {
      // The string before and the first byte of this one stand side by side in the output.
      starts[next] = to - lengthOf(previous);
      lengths[next++] = lengthOf(previous) + 1;
    }
    const size = lengthOf(code);
    if (to + size > most) throw new Error(TOO_LONG);
    if (code < 256) out[to] = code;
    else for (let i = 0; i < size; i++) out[to + i] = out[starts[code] + i];
    to += size;
    if (next === 511 || next === 1023 || next === 2047) width = Math.log2(next + 1) + 1;
    previous = code;
  }
  return out.subarray(0, to);
}
