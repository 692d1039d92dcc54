/** What few evaluations miss of an image: kept, and added to every frame. */

import { type Images, type SamplerOptions, tensor } from "@countergrade/countergrade";

/** Rendered images `[n, c, h, w]` with what a rendering misses, within [-1, 1]. */
export type Complete = (rendered: Images) => Images;

/**
 * Adds x − x̂, what the reconstruction x̂ misses of the image x, to everything that is rendered from the image's noise, where the
 * sampler keeps it (`residual`): a frame x̂′ becomes x̂′ + x − x̂, the image with the difference of two renderings. What few evaluations
 * lose is nearly the same in both.
 *
 * @param image `[1, c, h, w]`
 * @param reconstruction Rendered from its own code `[1, c, h, w]`.
 */
export function completing(
  image: Images,
  reconstruction: Images,
  { residual }: SamplerOptions,
): Complete {
  if (!residual) return (rendered) => rendered;
  const missed = image.data.map((value, k) => value - reconstruction.data[k]);
  return (rendered) => withMissed(rendered, () => missed);
}

/** Rendered images, each with what is missed of it, within [-1, 1]. */
export function withMissed(
  { shape, data }: Images,
  missedOf: (row: number) => Float32Array,
): Images {
  const size = data.length / shape[0];
  const out = data.slice();
  for (let i = 0; i < shape[0]; i++) {
    const missed = missedOf(i);
    for (let k = 0; k < size; k++) {
      const value = out[i * size + k] + missed[k];
      out[i * size + k] = Math.min(1, Math.max(-1, value));
    }
  }
  return tensor(shape, out);
}
