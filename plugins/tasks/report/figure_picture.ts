/** Images as figures take them. */

import { type Images, rowSize } from "@countergrade/countergrade";
import type { FigurePicture } from "@countergrade/countergrade/figures";
import { asPictures, toPng } from "@countergrade/countergrade/images";

/** One of some images `[n, c, h, w]` in [-1, 1], of volumes its middle planes. */
export function figurePicture(shown: Images, index: number): FigurePicture {
  const images = asPictures(shown);
  const [, channels, height, width] = images.shape;
  const size = height * width;
  const at = index * rowSize(images);
  const pixels = new Uint8Array(3 * size);
  for (let i = 0; i < size; i++) {
    for (let part = 0; part < 3; part++) {
      const value = images.data[at + (channels === 1 ? 0 : part) * size + i];
      pixels[3 * i + part] = Math.round(127.5 * (Math.min(1, Math.max(-1, value)) + 1));
    }
  }
  const href = `data:image/png;base64,${toPng(images, index).toBase64()}`;
  return { href, width, height, pixels };
}
