/** What a JPEG file says of its picture before any of it is expanded. */

import { refusal } from "../../refusal.ts";

const refused = refusal("Cannot read the JPEG file");

/** The start of a frame (ITU-T T.81, B.2.2). */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Of a sample. */
  readonly bits: number;
}

/** Whether bytes begin as JPEG does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * Finds the frame of a file.
 *
 * @throws {FormatError} When there is none.
 */
export function frameOf(bytes: Uint8Array): Frame {
  if (!isJpeg(bytes)) throw refused("it does not begin as one");
  const word = (at: number) => bytes[at] * 256 + bytes[at + 1];
  let at = 2;
  while (at + 10 < bytes.length) {
    if (bytes[at] !== 0xff) throw refused(`expected a marker at byte ${at}`);
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (isFrame(marker)) {
      const size = { height: word(at + 5), width: word(at + 7) };
      return { ...size, components: bytes[at + 9], bits: bytes[at + 4] };
    }
    at += 2 + word(at + 2);
  }
  throw refused("it has no frame");
}

/** SOF0 to SOF15, but for the tables DHT, JPG and DAC that stand among them; and that of JPEG-LS. */
export function isFrame(marker: number): boolean {
  return marker === 0xf7 ||
    (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
}

/** Whether a marker of JFIF or Adobe, which say what colors are, stands before the frame. */
export function saysColors(bytes: Uint8Array): boolean {
  for (let at = 2; at + 4 < bytes.length && bytes[at] === 0xff && !isFrame(bytes[at + 1]);) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 9));
    if (bytes[at + 1] === 0xe0 && name.startsWith("JFIF")) return true;
    const length = bytes[at + 2] * 256 + bytes[at + 3];
    // One that is cut off before it says which colors says nothing.
    if (bytes[at + 1] === 0xee && name === "Adobe" && length >= 14) return true;
    at += 2 + length;
  }
  return false;
}

/** How often a start of scan is marked; among the bytes of pixels no marker can stand. */
export function scansIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === 0xda) count++;
  }
  return count;
}
