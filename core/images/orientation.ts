/** The orientation that a picture file states in its Exif data. */

import { jpegOrientation, type Orientation, orientationIn } from "../formats/jpeg/exif.ts";
import { isJpeg } from "../formats/jpeg/frame.ts";
import { isPng, pngChunks } from "../formats/png/chunks.ts";

/** Of a JPEG or PNG; 1, upright, of any other file. */
export function orientationOf(bytes: Uint8Array): Orientation {
  if (isJpeg(bytes)) return jpegOrientation(bytes);
  if (!isPng(bytes)) return 1;
  const exif = pngChunks(bytes).find(({ type }) => type === "eXIf");
  return exif ? orientationIn(exif.content) : 1;
}
