/** A data set: drawn discs, graded by their size. Put images of your own in their place. */

import {
  type Batch,
  type Dataset,
  datasets,
  definePlugin,
  InputError,
  NotFoundError,
  type Plugin,
  Random,
  zeros,
} from "@countergrade/countergrade";
import { z } from "zod";

const name = "templatePlugin";
const id = "template-plugin";

/** Pixels along each side. */
const SIZE = 16;
/** What labels mean: label i is the name at i, mild to severe. */
const GRADES = ["small", "medium", "large"];
/** The number of images in each split; training takes "train". */
const SPLITS: Readonly<Record<string, number>> = { train: 60, val: 15 };

/** The options, with ranges and defaults; they become flags of the command line and fields of the API. */
const Options = z.strictObject({
  seed: z.int().default(0).describe("Seed of the images: another seed, other images"),
});

function open({ seed }: z.infer<typeof Options>): Dataset {
  return {
    id,
    title: "Discs by size",
    imageShape: [1, SIZE, SIZE],
    scale: { type: "ordinal", names: GRADES },
    splits: SPLITS,
    license: "CC0-1.0",
    // Raise the number whenever the same options give other images: results are kept under it.
    fingerprint: `${id}-1-${seed}`,
    // deno-lint-ignore require-await -- rejects instead of throwing
    async get(split, indices) {
      return read(split, Array.from(indices), seed);
    },
  };
}

/** Change here: read the images of a split from where they are. */
function read(split: string, indices: number[], seed: number): Batch {
  const size = Object.hasOwn(SPLITS, split) ? SPLITS[split] : 0;
  const images = zeros([indices.length, 1, SIZE, SIZE]);
  for (const [row, index] of indices.entries()) {
    if (!(Number.isInteger(index) && index >= 0 && index < size)) {
      throw new InputError(`Cannot read image ${index} of "${split}": there are ${size}`);
    }
    const pixels = images.data.subarray(row * SIZE * SIZE, (row + 1) * SIZE * SIZE);
    draw(pixels, labelOf(index), new Random(seed).fork(split, index));
  }
  return {
    ids: indices.map((index) => `${split}-${index}`),
    images,
    labels: Int32Array.from(indices, labelOf),
  };
}

function labelOf(index: number): number {
  return index % GRADES.length;
}

/** A bright disc on dark ground, intensities in [-1, 1]. */
function draw(pixels: Float32Array, label: number, random: Random): void {
  const radius = 2.5 + 1.5 * label + 0.3 * random.normal();
  const center = SIZE / 2 + 0.5 * random.normal();
  for (let k = 0; k < pixels.length; k++) {
    const distance = Math.hypot(k % SIZE - center, Math.floor(k / SIZE) - center);
    pixels[k] = Math.tanh(radius - distance + 0.05 * random.normal());
  }
}

/** What Countergrade loads. */
const plugin: Plugin = definePlugin({
  id,
  version: "0.1.0",
  apiVersion: "^1",
  provides: { datasets: [name] },
  setup(registry) {
    registry.add(datasets, {
      name,
      description: "Discs, graded by their size",
      options: Options,
      // Files would be looked for in the folders of context.roots.
      discover: () => Promise.resolve([{ id, title: "Discs by size", options: { seed: 0 } }]),
      open: (asked: string, options: z.infer<typeof Options>) =>
        asked === id
          ? Promise.resolve(open(options))
          : Promise.reject(new NotFoundError("dataset", asked, [id])),
    });
  },
});

export default plugin;
