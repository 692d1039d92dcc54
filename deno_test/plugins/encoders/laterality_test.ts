/** Which side images show is learned from them, and a training sees all from one side. */

import {
  type Dataset,
  InputError,
  Random,
  row,
  type Tensor,
  tensor,
} from "@countergrade/countergrade";
import { LATERALITY } from "@countergrade/countergrade/engine";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { facing, lateralAxis } from "../../../plugins/encoders/dae/laterality.ts";
import { DaeEncoder, readModel } from "../../../plugins/encoders/dae/model.ts";
import { configOf, DaeTrainingSchema } from "../../../plugins/encoders/dae/options.ts";
import { trainDae } from "../../../plugins/encoders/dae/train.ts";
import { jobOf, OPTIONS } from "./toy_training.ts";

const SIZE = 16;
const { signal } = new AbortController();

/** Where a bone is on the one side or on the other, by the index, a joint between them of any brightness, and noise. */
const isLeft = (index: number) => new Random(index).fork("side").uniform() < 0.5;
function drawn(index: number): number[] {
  const random = new Random(index);
  const joint = random.uniform() - 0.5;
  return Array.from({ length: SIZE * SIZE }, (_, i) => {
    const x = isLeft(index) ? i % SIZE : SIZE - 1 - i % SIZE;
    const bone = x < 5 ? 0.6 : -0.6;
    return (Math.floor(i / SIZE) === 8 ? joint : bone) + 0.1 * random.normal();
  });
}

const knees: Dataset = {
  id: "knees",
  title: "Knees",
  imageShape: [1, SIZE, SIZE],
  scale: { type: "binary", names: ["no", "yes"] },
  splits: { train: 40, val: 8 },
  fingerprint: "knees",
  get(split, indices) {
    const numbers = Array.from(indices, (i) => i + (split === "val" ? 1000 : 0));
    return Promise.resolve({
      ids: numbers.map(String),
      images: tensor([numbers.length, 1, SIZE, SIZE], numbers.flatMap(drawn)),
      labels: Int32Array.from(numbers, (i) => i % 2),
    });
  },
};
const ALL = Array.from({ length: 40 }, (_, i) => i);
const config = { ...OPTIONS.config, codeSize: 9, laterality: true };
const options = (given: object) => DaeTrainingSchema.parse({ ...OPTIONS, config, ...given });

const product = (a: Tensor, b: Tensor) =>
  a.data.reduce((sum, value, i) => sum + value * b.data[i], 0);
const mirrored = ({ shape, data }: Tensor): Tensor =>
  tensor(shape, data.map((_, i) => data[i - i % SIZE + SIZE - 1 - i % SIZE]));

Deno.test("the axis tells the side of every image, is odd and of unit length", async () => {
  const axis = await lateralAxis(knees, new Random(3), signal);
  assertEquals(axis.shape, [1, 1, SIZE, SIZE]);
  const { images } = await knees.get("train", ALL);
  const sides = ALL.map((i) => product(row(images, i), axis) < 0);
  assertEquals(new Set(sides).size, 2);
  const [same] = [sides[0] === isLeft(0)];
  assertEquals(sides, ALL.map((i) => isLeft(i) === same));
  mirrored(axis).data.forEach((value, i) => assert(Math.abs(value + axis.data[i]) < 1e-6));
  assert(Math.abs(product(axis, axis) - 1) < 1e-5);
  assert(Math.max(...axis.data) >= -Math.min(...axis.data) - 1e-6);
  // Drawn from the images alone: another order finds the same.
  const again = await lateralAxis(knees, new Random(4), signal);
  assert(Math.abs(product(axis, again)) > 0.999);
});

Deno.test("in a data set that faces one side those of the other are mirrored, labels and ids stay", async () => {
  const axis = await lateralAxis(knees, new Random(3), signal);
  const turned = facing(knees, axis);
  const [before, after] = [await knees.get("train", ALL), await turned.get("train", ALL)];
  assertEquals([after.ids, after.labels], [before.ids, before.labels]);
  for (const i of ALL) {
    const own = row(before.images, i);
    const expected = product(own, axis) < 0 ? mirrored(own) : own;
    assertEquals(row(after.images, i).data, expected.data);
  }
  assert(turned.fingerprint !== knees.fingerprint);
});

Deno.test("images that are their own mirror images are left as they are", async () => {
  const even: Dataset = {
    ...knees,
    get: async (split, indices) => {
      const batch = await knees.get(split, indices);
      const other = mirrored(batch.images).data;
      const images = tensor(batch.images.shape, batch.images.data.map((x, i) => x + other[i]));
      return { ...batch, images };
    },
  };
  const axis = await lateralAxis(even, new Random(3), signal);
  assertEquals(axis.data, new Float32Array(SIZE * SIZE));
  const [before, after] = [
    await even.get("train", ALL),
    await facing(even, axis).get("train", ALL),
  ];
  assertEquals(after.images, before.images);
});

Deno.test("a training with laterality gives mirror images one code but for the side, and rebuilds both", async () => {
  const { job } = jobOf({});
  const model = readModel((await trainDae(knees, options({}), job)).model);
  assertEquals([model.config.laterality, model.config.codeSize], [true, 9]);
  assert(model.weights.get(LATERALITY)!.data.some((value) => value !== 0));
  await using encoder = new DaeEncoder(model, 1);
  const { images } = await knees.get("val", [0, 1, 2, 3]);
  const codes = await encoder.encode(images);
  const back = await encoder.encode(mirrored(images));
  codes.data.forEach((value, i) => {
    const expected = i % 9 === 8 ? -value : value;
    assert(Math.abs(back.data[i] - expected) < 1e-4, `${back.data[i]}, ${expected}`);
  });
  for (const some of [images, mirrored(images)]) {
    const z = await encoder.encode(some);
    const noise = await encoder.encodeStochastic(some, z);
    const rendered = await encoder.render({ codes: z, noise });
    const error = rendered.data.reduce((sum, x, i) => sum + (x - some.data[i]) ** 2, 0) / 1024;
    assert(error < 0.01, `${error}`);
  }
});

Deno.test("a training with laterality goes on where it was cut off, to the same model", async () => {
  const whole = await trainDae(knees, options({}), jobOf({}).job);
  const kept = {};
  await trainDae(knees, options({}), jobOf(kept, 4).job).catch(() => {});
  assertEquals((await trainDae(knees, options({}), jobOf(kept).job)).model, whole.model);
});

Deno.test("images that are mirrored at random, or slices, have no side to face", () => {
  const refused = (given: object, message: string) =>
    assertThrows(() => configOf(options(given), knees.imageShape), InputError, message);
  const flip = { flipHorizontal: true };
  refused({ flip: true }, "expected no mirrored images");
  refused({ augment: flip }, "expected no mirrored images");
  refused({ encoderAugment: flip }, "expected no mirrored images");
  refused({ vicreg: { weight: 1, augment: flip } }, "expected no mirrored images");
  refused({ slices: true }, "expected no slices");
  assertEquals(configOf(options({ augment: { rotate: 5 } }), knees.imageShape).laterality, true);
});
