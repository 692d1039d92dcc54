/** Networks that see every image from one side. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { FormatError, Random, rows, type Tensor, tensor } from "@countergrade/countergrade";
import {
  constantSource,
  type DaeConfig,
  denoiserNetwork,
  encoderNetwork,
  facingConfig,
  Graph,
  LATERALITY,
  Session,
} from "@countergrade/countergrade/engine";
import { lively } from "../../../bench/peer/equality.ts";
import { tinyBatch, tinyConfig } from "./tiny_training.ts";

const SIZE = 8;
const CONFIG = tinyConfig({ laterality: true, codeSize: 9, pool: "grid" });

/** Pixels with each row of `SIZE` the other way round. */
const mirrored = ({ shape, data }: Tensor): Tensor =>
  tensor(shape, data.map((_, i) => data[i - i % SIZE + SIZE - 1 - i % SIZE]));

/** The right half less the left one. */
const axis = tensor(
  [1, 1, SIZE, SIZE],
  Float32Array.from({ length: 64 }, (_, i) => i % 8 < 4 ? -1 : 1),
);
const weights = lively(CONFIG, new Random(1)).set(LATERALITY, axis);

/** The first image is bright on the right, the second on the left. */
const { images: noisy, noise } = tinyBatch(2);
const images = tensor(
  noisy.shape,
  noisy.data.map((value, i) => value / 2 + 0.5 * axis.data[i % 64] * (i < 64 ? 1 : -1)),
);
const facing = tensor(images.shape, [
  ...images.data.subarray(0, 64),
  ...mirrored(images).data.subarray(64),
]);

async function run(
  inputs: Record<string, Tensor>,
  output: (
    graph: Graph,
    value: (name: string) => ReturnType<Graph["input"]>,
  ) => ReturnType<Graph["input"]>,
  built = 2,
): Promise<Tensor> {
  const graph = new Graph();
  const value = (name: string) => graph.input(name, [built, ...inputs[name].shape.slice(1)]);
  graph.output("out", output(graph, value));
  await using session = await Session.compile(graph, { threads: 1, dynamicBatch: true });
  return (await session.run(inputs)).out;
}
const codesOf = (config: DaeConfig, x: Tensor, built?: number) =>
  run(
    { x },
    (graph, value) => encoderNetwork(config, constantSource(graph, weights), value("x")),
    built,
  );
const predicted = (config: DaeConfig, x: Tensor, z: Tensor) => {
  const t = tensor([2], [200, 700]);
  return run(
    { x, t, z },
    (graph, value) =>
      denoiserNetwork(config, constantSource(graph, weights), value("x"), value("t"), value("z")),
  );
};
const closeTo = (a: Tensor, b: Tensor) => {
  assertEquals(a.shape, b.shape);
  a.data.forEach((value, i) =>
    assert(Math.abs(value - b.data[i]) < 1e-5, `${value}, ${b.data[i]}`)
  );
};

Deno.test("a code is that of the image that faces one side, and its side", async () => {
  const z = await codesOf(CONFIG, images);
  const own = await codesOf(facingConfig(CONFIG), facing);
  assertEquals([z.shape, own.shape], [[2, 9], [2, 8]]);
  const row = (i: number) => [...own.data.subarray(8 * i, 8 * i + 8)];
  closeTo(z, tensor([2, 9], [...row(0), 1, ...row(1), -1]));
  const back = await codesOf(CONFIG, mirrored(images));
  closeTo(back, tensor([2, 9], [...row(0), -1, ...row(1), 1]));
  // A graph takes batches of other lengths than it was built for.
  closeTo(await codesOf(CONFIG, rows(images, 1, 2), 2), rows(z, 1, 2));
});

Deno.test("of the other side the denoiser says the mirror image of what it says of one", async () => {
  const own = await codesOf(facingConfig(CONFIG), facing);
  const sided = (side: number) =>
    tensor([2, 9], [0, 1].flatMap((i) => [...own.data.subarray(8 * i, 8 * i + 8), side]));
  const plain = await predicted(facingConfig(CONFIG), noise, own);
  closeTo(await predicted(CONFIG, noise, sided(1)), plain);
  // An edit may move the side's number; its sign counts.
  closeTo(await predicted(CONFIG, noise, sided(0.3)), plain);
  closeTo(await predicted(CONFIG, mirrored(noise), sided(-1)), mirrored(plain));
  assertNotEquals(mirrored(plain).data, plain.data);
});

Deno.test("what is the same on both sides faces right", async () => {
  const blank = tensor([2, 1, SIZE, SIZE], new Float32Array(128));
  const z = await codesOf(CONFIG, blank);
  assertEquals([z.data[8], z.data[17]], [1, 1]);
});

Deno.test("a side alone is no code", () => {
  assertThrows(() => tinyConfig({ laterality: true, codeSize: 1 }), FormatError, "at least 2");
});
