/** The suite of data sets catches every broken promise. */

import {
  type Batch,
  type Dataset,
  type DatasetPlugin,
  InputError,
  takeRows,
  tensor,
} from "@countergrade/countergrade";
import { testDataset } from "@countergrade/countergrade/testing";
import { z } from "zod";
import { assertCatches } from "./assert_catches.ts";

const size = 10;
const images = tensor(
  [size, 1, 2, 2],
  Array.from({ length: 4 * size }, (_, k) => k / (2 * size) - 1),
);

const dataset: Dataset = {
  id: "toy",
  title: "Toy",
  imageShape: [1, 2, 2],
  scale: { type: "ordinal", names: ["a", "b", "c"] },
  splits: { train: size, val: 0 },
  fingerprint: "toy-1",
  columns: [{
    name: "site",
    scale: { type: "binary", names: ["here", "there"] },
    labels: {
      train: Int32Array.from({ length: size }, (_, i) => i % 3 - 1),
      val: new Int32Array(),
    },
  }],
  measurements: [{
    name: "brightness",
    unit: "intensity",
    description: "Brightness of the first pixel",
    measure: ({ data, shape: [n] }) => Float64Array.from({ length: n }, (_, i) => data[4 * i]),
  }],
  // deno-lint-ignore require-await -- rejects instead of throwing
  async get(split, indices) {
    if (split !== "train") throw new InputError(`Cannot read the split "${split}": expected train`);
    const odd = Array.from(indices).find((i) => !(i >= 0 && i < size));
    if (odd !== undefined) throw new InputError(`Cannot read image ${odd}: expected 0–${size - 1}`);
    return {
      ids: Array.from(indices, (i) => `toy-${i}`),
      images: takeRows(images, indices),
      labels: Int32Array.from(indices, (i) => i % 3),
    };
  },
};

/** A plugin of one data set. */
function of(make: () => Dataset): DatasetPlugin {
  return {
    name: "toy",
    description: "A toy data set",
    options: z.strictObject({}),
    discover: () => Promise.resolve([{ id: "toy", title: "Toy", options: {} }]),
    open: () => Promise.resolve(make()),
  };
}

const sound = of(() => dataset);
const bending = (bend: (batch: Batch, indices: number[]) => Partial<Batch>) =>
  of(() => ({
    ...dataset,
    async get(split, indices) {
      const batch = await dataset.get(split, indices);
      return { ...batch, ...bend(batch, Array.from(indices)) };
    },
  }));
let opened = 0;
const shared = new Map<string, Batch>();

assertCatches("datasets", testDataset, sound, {
  "options have a JSON schema of an object": { ...sound, options: z.undefined() },
  "options survive storing as JSON": {
    ...sound,
    options: z.object({ since: z.date().default(new Date(0)) }),
  },
  "discover() finds it, under ids that occur once": {
    ...sound,
    discover: async (
      context,
    ) => [...await sound.discover(context), ...await sound.discover(context)],
  },
  "it has a training split, an image shape and a scale": of(() => ({
    ...dataset,
    splits: { test: 3 },
  })),
  "get() gives one id, image and label per index": bending(({ ids }) => ({
    ids: ids.map(() => "same"),
  })),
  "intensities lie in [-1, 1], labels on the scale": bending(({ images }) => ({
    images: tensor(images.shape, images.data.map((v) => 127.5 * (v + 1))),
  })),
  "an image does not depend on the batch that it comes in": bending(({ images }, indices) => ({
    images: tensor(images.shape, images.data.map((v) => v / indices.length)),
  })),
  "a batch belongs to its caller: changing it changes no later one": of(() => ({
    ...dataset,
    async get(split, indices) {
      const key = `${split} ${Array.from(indices)}`;
      if (!shared.has(key)) shared.set(key, await dataset.get(split, indices));
      return shared.get(key)!;
    },
  })),
  "opening it again gives the same fingerprint and images": of(() => ({
    ...dataset,
    fingerprint: `toy-${opened++}`,
  })),
  "columns have other names than each other, and a label on their scale for each image, or none":
    of(() => ({
      ...dataset,
      columns: dataset.columns!.map((column) => ({
        ...column,
        labels: { ...column.labels, train: column.labels.train.map((label) => label + 1) },
      })),
    })),
  "measurements give one number per image, the same in any batch": of(() => ({
    ...dataset,
    measurements: dataset.measurements!.map((measurement) => ({
      ...measurement,
      measure: (images) => measurement.measure(images).map((v) => v / images.shape[0]),
    })),
  })),
  "a split or an index that does not exist is refused": of(() => ({
    ...dataset,
    get: (_, indices) =>
      dataset.get("train", Array.from(indices, (i) => ((i % size) + size) % size)),
  })),
});
