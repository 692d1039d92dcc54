/** Both sides must compute the same before they are timed: weights, inputs, and the comparison of results. */

import { type Random, sizeOf, type Tensor, tensor } from "@countergrade/countergrade";
import { type DaeConfig, daeParameters, imageShapeOf } from "@countergrade/countergrade/engine";

/**
 * Weights that leave no part of the network silent. A fresh network starts with zeros at the end of every block: whatever
 * stands before them would be equal for any two implementations.
 */
export function lively(config: DaeConfig, random: Random): Map<string, Tensor> {
  return new Map(
    daeParameters(config).map(({ name, shape, initial }) => {
      const stream = random.fork(name);
      const bound = "uniform" in initial
        ? initial.uniform
        : shape.length > 1
        ? 1 / Math.sqrt(sizeOf(shape.slice(1)))
        : 0.1;
      const center = "fill" in initial ? initial.fill : 0;
      const data = new Float32Array(sizeOf(shape));
      for (let i = 0; i < data.length; i++) data[i] = center + bound * (2 * stream.uniform() - 1);
      return [name, { shape, data }];
    }),
  );
}

/** Images, noise and times of a batch. */
export function randomBatch(
  config: DaeConfig,
  n: number,
  random: Random,
): { images: Tensor; noise: Tensor; times: Tensor } {
  const shape = [n, ...imageShapeOf(config)];
  const pixels = random.fork("images");
  const times = random.fork("times");
  return {
    images: tensor(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => 2 * pixels.uniform() - 1),
    ),
    noise: tensor(shape, random.fork("noise").normals(sizeOf(shape))),
    times: tensor([n], Float32Array.from({ length: n }, () => times.integer(config.noiseSteps))),
  };
}

/**
 * The largest difference over the largest value of the peer.
 *
 * @throws {Error} When it is beyond `tolerance`, or the peer's values are all close to zero, which would prove nothing.
 */
export function expectEqual(
  what: string,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  tolerance: number,
): number {
  if (ours.length !== theirs.length) {
    throw new Error(`${what}: ours has ${ours.length} values, PyTorch's ${theirs.length}`);
  }
  let difference = 0;
  let size = 0;
  for (let i = 0; i < ours.length; i++) {
    difference = Math.max(difference, Math.abs(ours[i] - theirs[i]));
    size = Math.max(size, Math.abs(theirs[i]));
  }
  // Not `>`: NaN must not pass.
  if (!(size > 1e-3)) throw new Error(`${what}: PyTorch's values are all below ${size}`);
  const relative = difference / size;
  if (!(relative < tolerance)) {
    throw new Error(`${what}: differs from PyTorch's by ${relative}, expected below ${tolerance}`);
  }
  return relative;
}
