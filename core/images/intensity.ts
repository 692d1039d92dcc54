/** Changes of intensity: brightness, contrast, gamma. */

import { type Images, row } from "../tensor.ts";

/** A change of one image's intensities; the same for all of its channels. */
export interface IntensityChange {
  /** Added to intensities; 2 is the whole range from black to white. */
  readonly brightness: number;
  /** Factor of the distance from the image's mean. */
  readonly contrast: number;
  /** Exponent of the intensity as a share of the range, (x + 1)/2: less than 1 brightens the dark parts. */
  readonly gamma: number;
}

/**
 * Image i of `[n, c, h, w]` after `changes[i]`: gamma, then contrast, then brightness, clamped to [-1, 1].
 *
 * @throws {TypeError} When there is not one change for each image.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { changeIntensity } from "./intensity.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([1, 1, 1, 2], [-0.5, 0.5]);
 * const changed = changeIntensity(image, [{ brightness: 0.25, contrast: 2, gamma: 1 }]);
 * assertEquals([...changed.data], [-0.75, 1]);
 * ```
 */
export function changeIntensity(images: Images, changes: readonly IntensityChange[]): Images {
  const [n] = images.shape;
  if (changes.length !== n) {
    throw new TypeError(
      `Cannot change intensities: expected ${n} changes, one per image, there are ${changes.length}`,
    );
  }
  const out = { shape: images.shape, data: images.data.slice() };
  changes.forEach(({ brightness, contrast, gamma }, i) => {
    const { data } = row(out, i);
    if (gamma !== 1) {
      data.forEach((x, p) => data[p] = 2 * Math.min(1, Math.max(0, (x + 1) / 2)) ** gamma - 1);
    }
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    data.forEach((x, p) => {
      const changed = contrast === 1 ? x : mean + contrast * (x - mean);
      data[p] = Math.min(1, Math.max(-1, changed + brightness));
    });
  });
  return out;
}
