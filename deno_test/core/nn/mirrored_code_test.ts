/** Codes that an image shares with its mirror image. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { FormatError, Random, rows, type Tensor, tensor } from "@countergrade/countergrade";
import {
  daeParameters,
  encoderNetwork,
  flatten,
  Graph,
  linearSchedule,
  parameterCount,
  Session,
  startState,
  Trainer,
} from "@countergrade/countergrade/engine";
import { lively } from "../../../bench/peer/equality.ts";
import { flatSource } from "../../../core/nn/parameters.ts";
import { tinyBatch, tinyConfig } from "./tiny_training.ts";

const { images } = tinyBatch(2);
const mirrored = tensor(
  images.shape,
  images.data.map((_, i) => images.data[i - i % 8 + 7 - i % 8]),
);

/** The codes of images, by weights that leave no part of the network silent, from a graph that is built for so many. */
async function codesOf(
  config: ReturnType<typeof tinyConfig>,
  images: Tensor,
  built = images.shape[0],
) {
  const specs = daeParameters(config);
  const weights = tensor([parameterCount(specs)], flatten(lively(config, new Random(1)), specs));
  const graph = new Graph();
  const source = flatSource(graph.input("weights", weights.shape), specs);
  graph.output("z", encoderNetwork(config, source, graph.input("x", [built, 1, 8, 8])));
  await using session = await Session.compile(graph, { threads: 1, dynamicBatch: true });
  return (await session.run({ weights, x: images })).z;
}

Deno.test("with mirror a code is the mean and the unsigned difference of what is told of both sides", async () => {
  const config = tinyConfig({ mirror: true, pool: "grid" });
  const z = await codesOf(config, images);
  assertEquals(z.shape, [2, 8]);
  // The same weights without it tell each side by itself.
  const alone = tinyConfig({ codeSize: 4, pool: "grid" });
  const [own, other] = [await codesOf(alone, images), await codesOf(alone, mirrored)];
  let apart = 0;
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 4; j++) {
      const [a, b] = [own.data[4 * i + j], other.data[4 * i + j]];
      assert(Math.abs(z.data[8 * i + j] - (a + b) / 2) < 1e-5);
      assert(Math.abs(z.data[8 * i + 4 + j] - Math.hypot(a - b, 1e-3) / 2) < 1e-5);
      apart = Math.max(apart, Math.abs(a - b));
    }
  }
  assert(apart > 0.01, `the two sides differ, by ${apart}`);
  assertEquals((await codesOf(config, rows(images, 0, 1), 2)).shape, [1, 8]);
  const back = await codesOf(config, mirrored);
  z.data.forEach((value, i) => assert(Math.abs(value - back.data[i]) < 1e-6));
});

Deno.test("an encoder with mirror images learns", async () => {
  const config = tinyConfig({ mirror: true });
  const start = startState(flatten(lively(config, new Random(1)), daeParameters(config)));
  await using trainer = await Trainer.create(config, linearSchedule(), 2, start, { threads: 1 });
  const losses: number[] = [];
  for (let step = 0; step < 8; step++) {
    const rates = { learningRate: 1e-3, emaDecay: 0.9, maxGradientNorm: 1 };
    losses.push((await trainer.step(tinyBatch(2), rates)).loss);
  }
  assert(losses[7] < 0.8 * losses[0], `${losses}`);
});

Deno.test("half a number is no part of a code", () => {
  assertThrows(() => tinyConfig({ mirror: true, codeSize: 7 }), FormatError, "codeSize");
});
