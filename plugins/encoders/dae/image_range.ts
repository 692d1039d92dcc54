/** Between [-1, 1], where images live here, and the range that a model's networks see. */

import type { Images, Tensor } from "@countergrade/countergrade";
import type { DaeConfig } from "@countergrade/countergrade/engine";

/** Images in [-1, 1] to the model's range. */
export function toModelRange(images: Images, { imageRange: [low, high] }: DaeConfig): Tensor {
  if (low === -1 && high === 1) return images;
  const half = (high - low) / 2;
  return { shape: images.shape, data: images.data.map((value) => (value + 1) * half + low) };
}

/** Images in the model's range to [-1, 1]. */
export function fromModelRange(images: Tensor, { imageRange: [low, high] }: DaeConfig): Images {
  if (low === -1 && high === 1) return images;
  const half = (high - low) / 2;
  return { shape: images.shape, data: images.data.map((value) => (value - low) / half - 1) };
}
