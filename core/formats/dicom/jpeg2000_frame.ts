/** What a JPEG 2000 picture says of itself before any of it is expanded (ISO/IEC 15444-1, A.5.1). */

import type { Frame } from "../jpeg/frame.ts";
import { refused } from "./refused.ts";

/** A picture cannot be made of more tiles than the standard has numbers for. */
const MOST_TILES = 65_535;

/**
 * Finds the size of a picture, as a stream of codes or in a file of boxes around it.
 *
 * @throws {FormatError} When there is none, or it makes no sense.
 */
export function jpeg2000Frame(bytes: Uint8Array): Frame {
  const start = startOf(bytes);
  if (start < 0 || start + 44 > bytes.length) throw refused("its JPEG 2000 picture has no header");
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  const long = (at: number) => view.getUint32(at);
  const [width, height] = [long(8) - long(16), long(12) - long(20)];
  const components = view.getUint16(40);
  const depths = Array.from({ length: Math.min(components, 4) }, (_, i) => {
    const at = start + 42 + 3 * i;
    return at + 3 <= bytes.length ? (bytes[at] & 127) + 1 : 0;
  });
  const tiles = Math.ceil(width / long(24)) * Math.ceil(height / long(28));
  if (!(width > 0 && height > 0 && tiles <= MOST_TILES)) {
    throw refused("the header of its JPEG 2000 picture is damaged");
  }
  return { width, height, components, bits: Math.max(...depths) };
}

/** Where the marker of the codes' start is followed by that of the size. */
function startOf(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === 0x4f && bytes[at + 2] === 0xff && bytes[at + 3] === 0x51) return at;
  }
  return -1;
}
