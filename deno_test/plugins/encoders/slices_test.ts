/** Volumes slice by slice: which slice is whose, and one code for all. */

import { type Dataset, type Encoder, InputError, tensor } from "@countergrade/countergrade";
import { assertEquals, assertThrows } from "@std/assert";
import { sliceBySlice, slicesIn } from "../../../plugins/encoders/dae/slices.ts";

/** Volumes of two channels, three slices, one row of one voxel: volume 10·v, channel +1, slice +2 each. */
const valueAt = (v: number, c: number, z: number) => 10 * v + c + 2 * z;
const volume = (v: number) => [0, 1].flatMap((c) => [0, 1, 2].map((z) => valueAt(v, c, z)));

const dataset: Dataset = {
  id: "volumes",
  title: "Volumes",
  imageShape: [2, 3, 1, 1],
  scale: { type: "binary", names: ["no", "yes"] },
  splits: { train: 4 },
  fingerprint: "f",
  get: (_split, indices) =>
    Promise.resolve({
      ids: Array.from(indices, (v) => `v${v}`),
      images: tensor([indices.length, 2, 3, 1, 1], Array.from(indices, volume).flat()),
      labels: Int32Array.from(indices, (v) => v % 2),
    }),
};

Deno.test("a data set of volumes becomes one of slices, each with its volume's label", async () => {
  const slices = slicesIn(dataset);
  assertEquals([slices.imageShape, slices.splits], [[2, 1, 1], { train: 12 }]);
  const { ids, images, labels } = await slices.get("train", [11, 1, 9]);
  assertEquals(ids, ["v3/2", "v0/1", "v3/0"]);
  assertEquals([...images.data], [34, 35, 2, 3, 30, 31]);
  assertEquals([...labels], [1, 0, 1]);
  assertThrows(() => slicesIn(slices), InputError, "expected volumes");
});

Deno.test("a volume has the mean of its slices' codes, and all slices are rendered from it", async () => {
  /** Codes are the pixels; noise is pixels less the code, so a render gives both together. */
  const sum = (a: Float32Array, b: Float32Array, sign: number) => a.map((x, i) => x + sign * b[i]);
  const inner: Encoder = {
    imageShape: [2, 1, 1],
    codeSize: 2,
    details: {},
    defaultSampler: { name: "toy", inversionSteps: 1, renderSteps: 1 },
    encode: ({ shape: [n], data }) => Promise.resolve({ shape: [n, 2], data }),
    encodeStochastic: ({ shape, data }, codes) =>
      Promise.resolve({ shape, data: sum(data, codes.data, -1) }),
    render: ({ codes, noise: { shape, data } }) =>
      Promise.resolve({ shape, data: sum(data, codes.data, 1) }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await using encoder = sliceBySlice(inner, 3);
  assertEquals(encoder.imageShape, [2, 3, 1, 1]);
  const images = tensor([2, 2, 3, 1, 1], [...volume(0), ...volume(5)]);
  const codes = await encoder.encode(images);
  assertEquals([...codes.data].map((x) => Math.round(x * 1e5) / 1e5), [2, 3, 52, 53]);
  const noise = await encoder.encodeStochastic(images, codes);
  assertEquals(noise.shape, images.shape);
  const moved = { shape: codes.shape, data: codes.data.map((x) => x + 100) };
  const rendered = await encoder.render({ codes: moved, noise });
  assertEquals([...rendered.data].map(Math.round), [...images.data].map((x) => x + 100));
});
