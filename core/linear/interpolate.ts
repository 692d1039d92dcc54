/** The way from one image to another in latent space. */

import { expectShape, type Latents, type Tensor, zeros } from "../tensor.ts";

/**
 * Latents between those of two images: z on the straight line, x_T on the great circle, so that the noise keeps its length
 * (Preechakul et al. 2022, Diffusion Autoencoders).
 *
 * @param from One image.
 * @param to One image of the same shapes.
 * @param fractions 0 is `from`, 1 is `to`; the result has one row for each.
 * @throws {TypeError} When the shapes differ.
 */
export function interpolateLatents(
  from: Latents,
  to: Latents,
  fractions: readonly number[],
): Latents {
  return {
    codes: mix(from.codes, to.codes, fractions.map((t) => [1 - t, t])),
    noise: mix(from.noise, to.noise, fractions.map((t) => arc(from.noise, to.noise, t))),
  };
}

/** The weights of the spherical mean: sin((1−t)·θ)/sin θ and sin(t·θ)/sin θ; straight where the directions agree. */
function arc(a: Tensor, b: Tensor, t: number): [number, number] {
  let ab = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.data.length; i++) {
    ab += a.data[i] * b.data[i];
    aa += a.data[i] ** 2;
    bb += b.data[i] ** 2;
  }
  const angle = Math.acos(Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))));
  if (!(Math.sin(angle) > 1e-6)) return [1 - t, t];
  return [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
}

function mix(a: Tensor, b: Tensor, weights: readonly (readonly [number, number])[]): Tensor {
  expectShape("interpolate", b, [1, ...a.shape.slice(1)]);
  expectShape("interpolate", a, b.shape);
  const out = zeros([weights.length, ...a.shape.slice(1)]);
  weights.forEach(([p, q], i) => {
    for (let k = 0; k < a.data.length; k++) {
      out.data[i * a.data.length + k] = p * a.data[k] + q * b.data[k];
    }
  });
  return out;
}
