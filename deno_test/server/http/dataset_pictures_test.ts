/** Images of data sets: opened once, read few at a time, kept for the next who asks. */

import {
  type Dataset,
  type Host,
  InputError,
  NotFoundError,
  tensor,
} from "@countergrade/countergrade";
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  addressOf,
  DatasetPictures,
  sizeOfSplit,
  versionOf,
} from "../../../server/http/dataset_pictures.ts";

/** A data set of 1 × 1 images whose intensity and label follow from their place; `asked` is what it was asked for. */
function toy(size = 300) {
  const asked: number[][] = [];
  const dataset: Dataset = {
    id: "toy set",
    title: "Toy",
    imageShape: [1, 1, 1],
    scale: { type: "ordinal", names: ["0", "1", "2"] },
    splits: { train: size, val: 2 },
    fingerprint: "toy-1",
    get(_split, indices) {
      const all = Array.from(indices);
      asked.push(all);
      return Promise.resolve({
        ids: all.map((index) => `image ${index}`),
        images: tensor([all.length, 1, 1, 1], all.map((index) => index / 1000)),
        labels: Int32Array.from(all, (index) => index % 3),
        ...size < 300 && { affines: all.map((index) => [index]) },
      });
    },
  };
  return { dataset, asked };
}

const picturesOf = (host: object) => new DatasetPictures(host as Host);

Deno.test("those who ask at the same time share a list; the next one is read anew", async () => {
  let reads = 0;
  const pictures = picturesOf({
    discoverDatasets: async () => {
      reads++;
      await Promise.resolve();
      return [{ id: "a", title: "A" }];
    },
  });
  const [one, two] = await Promise.all([pictures.list(), pictures.list()]);
  assertEquals([one, two, reads], [[{ id: "a", title: "A" }], one, 1]);
  await pictures.list();
  assertEquals(reads, 2);
});

Deno.test("a data set is opened once; one that could not be opened is tried again", async () => {
  const { dataset } = toy();
  let opens = 0;
  const pictures = picturesOf({
    openDataset: () =>
      ++opens === 1 ? Promise.reject(new Error("damaged")) : Promise.resolve(dataset),
  });
  await assertRejects(() => pictures.dataset("toy"), Error, "damaged");
  assertStrictEquals(await pictures.dataset("toy"), dataset);
  assertStrictEquals(await pictures.dataset("toy"), dataset);
  assertEquals(opens, 2);
});

Deno.test("images are read four at a time, cut at the end of the split, and not read again", async () => {
  const { dataset, asked } = toy(10);
  const pictures = picturesOf({});
  const found = await pictures.images(dataset, "train", 1, 6);
  assertEquals(asked, [[1, 2, 3, 4], [5, 6]]);
  assertEquals(
    found.map(({ index, imageId, label, image, affine }) => [index, imageId, label, image, affine]),
    [1, 2, 3, 4, 5, 6].map((
      i,
    ) => [i, `image ${i}`, i % 3, tensor([1, 1, 1, 1], [i / 1000]), [i]]),
  );
  const rest = await pictures.images(dataset, "train", 5, 99);
  assertEquals(rest.map(({ index }) => index), [5, 6, 7, 8, 9]);
  assertEquals(asked.slice(2), [[7, 8, 9]]);
  assertEquals(await pictures.images(dataset, "train", 10, 5), []);
  assertEquals((await pictures.image(dataset, "train", 9)).index, 9);
  assertEquals(asked.length, 3);
  for (const index of [-1, 10, 0.5]) {
    await assertRejects(() => pictures.image(dataset, "train", index), NotFoundError, `${index}`);
  }
});

Deno.test("the last 256 images are kept, those that were looked at longest ago go first", async () => {
  const { dataset, asked } = toy();
  const pictures = picturesOf({});
  await pictures.images(dataset, "train", 0, 256);
  await pictures.image(dataset, "train", 0);
  await pictures.image(dataset, "train", 256);
  asked.length = 0;
  await pictures.image(dataset, "train", 0);
  await pictures.image(dataset, "train", 2);
  assertEquals(asked, []);
  await pictures.image(dataset, "train", 1);
  assertEquals(asked, [[1]]);
});

Deno.test("the labels of a split are read once, 64 images at a time; what failed is tried again", async () => {
  const { dataset, asked } = toy(130);
  const pictures = picturesOf({});
  const labels = await pictures.labels(dataset, "train");
  assertEquals(labels, Array.from({ length: 130 }, (_, i) => i % 3));
  assertEquals(asked.map(({ length }) => length), [64, 64, 2]);
  assertStrictEquals(await pictures.labels(dataset, "train"), labels);
  assertEquals(asked.length, 3);
  let fails = true;
  const moody: Dataset = {
    ...dataset,
    id: "moody",
    get: (...of) => fails ? Promise.reject(new Error("gone")) : dataset.get(...of),
  };
  await assertRejects(() => pictures.labels(moody, "val"), Error, "gone");
  fails = false;
  assertEquals(await pictures.labels(moody, "val"), [0, 1]);
});

Deno.test("an image has an address that changes with the content of its data set", async () => {
  const { dataset } = toy();
  const picture = await picturesOf({}).image(dataset, "train", 7);
  const version = versionOf(dataset);
  assert(/^[0-9a-f]{16}$/.test(version), version);
  assert(version !== versionOf({ ...dataset, fingerprint: "toy-2" }));
  assertEquals(addressOf(picture), `/datasets/toy%20set/train/7.png?v=${version}`);
  const part = addressOf(picture, { axis: "row", index: 3 });
  assertEquals(part, `/datasets/toy%20set/train/7.png?v=${version}&axis=row&index=3`);
});

Deno.test("a split that there is not is told those that there are", () => {
  const { dataset } = toy();
  assertEquals(sizeOfSplit(dataset, "val"), 2);
  for (const split of ["test", "constructor"]) {
    const error = assertThrows(
      () => sizeOfSplit(dataset, split),
      InputError,
      "toy set has train, val",
    );
    assertEquals(error.path, ["split"]);
  }
});
