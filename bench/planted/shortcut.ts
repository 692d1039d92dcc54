/** Phantoms with a shortcut planted: something that has nothing to do with the disease, in a share of the severe images alone. */

import { type Dataset, Random, row, tensor } from "@countergrade/countergrade";

/** What can be planted. */
export const KINDS = ["marker", "brightness", "border"] as const;

/** One of {@linkcode KINDS}. */
export type Kind = typeof KINDS[number];

/** How each changes an image `[h · w]` in [-1, 1]. */
const PLANTS: Readonly<
  Record<Kind, (pixels: Float32Array, width: number, random: Random) => void>
> = {
  /** A letter L of metal in the upper right corner, a little elsewhere each time. */
  marker(pixels, width, random) {
    const left = width - 10 + Math.floor(3 * random.uniform());
    const top = 3 + Math.floor(3 * random.uniform());
    for (let i = 0; i < 6; i++) {
      for (let thick = 0; thick < 2; thick++) {
        pixels[(top + i) * width + left + thick] = 0.9;
        pixels[(top + 5 - thick) * width + left + Math.min(i, 4)] = 0.9;
      }
    }
  },
  /** A longer exposure. */
  brightness(pixels) {
    for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(1, pixels[i] + 0.25);
  },
  /** The edge of a collimator: three dark pixels all around. */
  border(pixels, width) {
    const height = pixels.length / width;
    for (let i = 0; i < pixels.length; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      if (Math.min(x, y, width - 1 - x, height - 1 - y) < 3) pixels[i] = -0.95;
    }
  },
};

/** The data set with a shortcut in `share` (0–1) of the images of label `threshold` and above, drawn by the seed. */
export function planted(
  dataset: Dataset,
  kind: Kind,
  share: number,
  { threshold, seed }: { threshold: number; seed: number },
): Dataset {
  return {
    ...dataset,
    id: `${dataset.id}-${kind}-${share}-${seed}`,
    title: `${dataset.title}, ${kind} in ${Math.round(100 * share)} % of the severe`,
    fingerprint: `${dataset.fingerprint}/${kind}/${share}/${seed}`,
    async get(split, indices) {
      const { images: { shape, data }, labels, ids } = await dataset.get(split, indices);
      const images = tensor(shape, data.slice());
      for (let i = 0; i < labels.length; i++) {
        const random = new Random(seed).fork("planted", split, indices[i]);
        if (labels[i] < threshold || random.uniform() >= share) continue;
        PLANTS[kind](row(images, i).data, shape[3], random);
      }
      return { ids, images, labels };
    },
  };
}
