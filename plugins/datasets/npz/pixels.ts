/** From stored pixels to images: bytes of interleaved channels become planes in [-1, 1]. */

import type { Images } from "@countergrade/countergrade";

/**
 * The images at some places of `pixels` `[n, h, w, c]`, 0 … 255, as x / 127.5 − 1.
 *
 * @param imageShape `[c, h, w]`.
 */
export function imagesOf(
  pixels: Uint8Array,
  [channels, height, width]: readonly [number, number, number],
  places: readonly number[],
): Images {
  const plane = height * width;
  const data = new Float32Array(places.length * channels * plane);
  places.forEach((place, n) => {
    for (let c = 0; c < channels; c++) {
      const target = (n * channels + c) * plane;
      const source = place * plane * channels + c;
      for (let i = 0; i < plane; i++) {
        data[target + i] = pixels[source + i * channels] / 127.5 - 1;
      }
    }
  });
  return { shape: [places.length, channels, height, width], data };
}
