/** A picture as an address that holds it, for pages without files beside them. */

import type { Images } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";

/** The first of some images `[n, c, h, w]` in [-1, 1] as a `data:` address. */
export function pngData(images: Images): string {
  const letters = Array.from(toPng(images, 0), (byte) => String.fromCharCode(byte));
  return `data:image/png;base64,${btoa(letters.join(""))}`;
}
