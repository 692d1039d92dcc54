/** How a camera was held: the orientation in Exif data. */

/** 1 is upright; 2 to 8 say how the stored rows and columns are to be turned and mirrored (Exif 2.32, tag 274). */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION = 0x0112;

/** The orientation that a JPEG file states; 1 where it states none, or what it states makes no sense. */
export function jpegOrientation(bytes: Uint8Array): Orientation {
  const word = (at: number) => bytes[at] * 256 + bytes[at + 1];
  // Segments before the pixels (ITU-T T.81, B.1.1.4); Exif data is in APP1.
  for (let at = 2; at + 4 < bytes.length && bytes[at] === 0xff; at += 2 + word(at + 2)) {
    if (bytes[at + 1] === 0xda) break;
    if (bytes[at + 1] !== 0xe1) continue;
    const segment = bytes.subarray(at + 4, at + 2 + word(at + 2));
    if (String.fromCharCode(...segment.subarray(0, 6)) === "Exif\0\0") {
      return orientationIn(segment.subarray(6));
    }
  }
  return 1;
}

/** The orientation in Exif data without its name: the first directory of a TIFF structure (TIFF 6.0, section 2). */
export function orientationIn(tiff: Uint8Array): Orientation {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const fits = (at: number, size: number) => at + size <= tiff.length;
  if (!fits(0, 8)) return 1;
  const little = tiff[0] === 0x49;
  const start = view.getUint32(4, little);
  if (!fits(start, 2)) return 1;
  const count = view.getUint16(start, little);
  for (let i = 0; i < count; i++) {
    const entry = start + 2 + 12 * i;
    if (!fits(entry, 12)) return 1;
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value as Orientation : 1;
  }
  return 1;
}
