/** Walking through a split in batches. */

import { batches, type Dataset, Random, tensor } from "@countergrade/countergrade";
import { assert, assertEquals } from "@std/assert";

/** A data set of numbers; asked for nothing, it complains. */
const dataset: Dataset = {
  id: "numbers",
  title: "Numbers",
  imageShape: [1, 1, 1],
  scale: { type: "binary", names: ["no", "yes"] },
  splits: { train: 10, val: 3 },
  fingerprint: "numbers",
  get(_split, indices) {
    const all = Array.from(indices);
    assert(all.length > 0, "a batch of nothing was asked for");
    const images = tensor([all.length, 1, 1, 1], all);
    return Promise.resolve({ ids: all.map(String), images, labels: Int32Array.from(all) });
  },
};

async function walk(split: string, size: number, options?: Parameters<typeof batches>[3]) {
  const parts = await Array.fromAsync(batches(dataset, split, size, options));
  return parts.map(({ labels }) => [...labels]);
}

Deno.test("batches come in order, the last one with what is left", async () => {
  assertEquals(await walk("train", 4), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
  assertEquals(await walk("train", 5), [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]);
  assertEquals(await walk("val", 100), [[0, 1, 2]]);
  assertEquals(await walk("nowhere", 4), []);
});

Deno.test("a limit ends the walk, one beyond the split does not", async () => {
  assertEquals(await walk("train", 4, { limit: 6 }), [[0, 1, 2, 3], [4, 5]]);
  assertEquals(await walk("train", 4, { limit: 10 }), await walk("train", 4));
  assertEquals(await walk("train", 4, { limit: 100 }), await walk("train", 4));
  assertEquals(await walk("train", 4, { limit: 0 }), []);
});

Deno.test("shuffled, a walk meets each image once in an order of the seed's", async () => {
  const order = async (seed: number) =>
    (await walk("train", 4, { shuffle: new Random(seed) })).flat();
  assertEquals(await order(1), await order(1));
  assert(String(await order(1)) !== String(await order(2)));
  assertEquals((await order(1)).toSorted((a, b) => a - b), (await walk("train", 10))[0]);
});
