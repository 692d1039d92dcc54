/** Dropout: what is drawn, where it sits, and its gradient. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random, sizeOf, type Tensor, tensor } from "@countergrade/countergrade";
import {
  daeParameters,
  flatten,
  Graph,
  linearSchedule,
  Session,
  startState,
} from "@countergrade/countergrade/engine";
import { updateFeeds } from "../../../core/nn/adam.ts";
import { batchFeeds } from "../../../core/nn/dae_loss.ts";
import { trainingGraph } from "../../../core/nn/trainer.ts";
import { Dropout } from "../../../core/nn/dropout.ts";
import type { ParameterSource } from "../../../core/nn/parameters.ts";
import { residualBlock } from "../../../core/nn/layers.ts";
import { ownCondition } from "../../../core/nn/modulation.ts";
import { lively } from "../../../bench/peer/equality.ts";
import { tinyBatch, tinyConfig } from "./tiny_training.ts";

/** A dropout with one mask of `length` elements. */
function dropoutOf(rate: number, length: number): Dropout {
  const dropout = new Dropout(rate);
  dropout.drop!(new Graph().input("h", [length]));
  return dropout;
}

Deno.test("a mask drops the share that is asked for, and keeps the mean", () => {
  for (const rate of [0.1, 0.5, 0.9]) {
    const n = 100_000;
    const { dropout0: { data } } = dropoutOf(rate, n).draws(new Random(1))();
    const zeros = data.filter((value) => value === 0).length;
    // Five standard deviations of the binomial distribution.
    const spread = 5 * Math.sqrt(rate * (1 - rate) / n);
    assert(Math.abs(zeros / n - rate) < spread, `${zeros} of ${n} at rate ${rate}`);
    assertEquals(new Set(data), new Set([0, Math.fround(1 / (1 - rate))]));
  }
});

Deno.test("masks repeat with their seed; k draws of n are one draw of k·n", () => {
  const whole = dropoutOf(0.3, 60).draws(new Random(2))().dropout0.data;
  const draw = dropoutOf(0.3, 20).draws(new Random(2));
  const parts = [draw(), draw(), draw()].flatMap(({ dropout0 }) => [...dropout0.data]);
  assertEquals(parts, [...whole]);
  assert(dropoutOf(0.3, 60).draws(new Random(3))().dropout0.data.some((x, i) => x !== whole[i]));
});

Deno.test("without a rate there is no mask, with one there must be random numbers", () => {
  assertEquals(new Dropout(0).drop, undefined);
  assertEquals(new Dropout(0).draws()(), {});
  assertThrows(() => dropoutOf(0.1, 4).draws(), TypeError, "random");
});

Deno.test("there is one mask in each residual block of the U-Net, none in the encoder and in inference", () => {
  const n = 3;
  const { graph } = trainingGraph(tinyConfig({ dropout: 0.1 }), n);
  const masks = [...graph.inputs].filter(([name]) => name.startsWith("dropout"));
  // Down: level, halving, level; middle: 2; up: 2 + 1 doubling, then 2.
  assertEquals(masks.map(([, { shape }]) => shape), [
    ...[8, 4, 4, 4, 4, 4, 4, 8, 8, 8].map((size) => [n, 32, size, size]),
  ]);
  const plain = trainingGraph(tinyConfig(), n).graph;
  assert(![...plain.inputs.keys()].some((name) => name.startsWith("dropout")));
});

Deno.test("dropout stands behind the second SiLU: what it passes on goes into a convolution alone", async () => {
  const graph = new Graph();
  const x = graph.input("x", [1, 32, 4, 4]);
  const [time, code] = [graph.input("time", [1, 16]), graph.input("code", [1, 8])];
  const random = new Random(4);
  const source: ParameterSource = {
    graph,
    get: (_name, shape) => graph.constant(tensor(shape, random.normals(sizeOf(shape)))),
  };
  const { drop } = new Dropout(0.5);
  graph.output("y", residualBlock(source, x, 32, { ...ownCondition({ time, code }), drop }));
  await using session = await Session.compile(graph);
  const image = tensor([1, 32, 4, 4], random.normals(512));
  const run = async (mask: number, told: number) => {
    const feeds = {
      x: image,
      time: tensor([1, 16], Array(16).fill(told)),
      code: tensor([1, 8], Array(8).fill(told)),
      dropout0: tensor([1, 32, 4, 4], Array(512).fill(mask)),
    };
    return (await session.run(feeds)).y.data;
  };
  // All dropped, nothing is left of time and code, which come in before it.
  assertEquals(await run(0, 1), await run(0, -2));
  // Twice as much passed on is twice the change: no bend lies behind it.
  const [none, once, twice] = [await run(0, 1), await run(1, 1), await run(2, 1)];
  const scale = Math.max(...twice.map(Math.abs));
  once.forEach((value, i) => {
    assert(Math.abs(twice[i] - none[i] - 2 * (value - none[i])) < 1e-5 * scale);
  });
  assert(once.some((value, i) => Math.abs(value - none[i]) > 0.1 * scale));
});

Deno.test("the gradient under fixed masks agrees with finite differences", async () => {
  const config = tinyConfig({ dropout: 0.4 });
  const { graph, specs, dropout } = trainingGraph(config, 2, { withGradient: true });
  const weights = flatten(lively(config, new Random(7)), specs);
  const batch = tinyBatch(2);
  const schedule = linearSchedule();
  const masks = dropout.draws(new Random(8))();
  await using session = await Session.compile(graph, { optimization: "extended" });
  const run = (flat: Float32Array): Promise<Record<string, Tensor>> =>
    session.run({
      ...updateFeeds(startState(flat), { learningRate: 0, emaDecay: 1 }),
      ...batchFeeds(batch, schedule),
      ...masks,
    });
  const { gradient } = await run(weights);
  assertEquals(daeParameters(config).length, specs.length);
  const random = new Random(9);
  for (let trial = 0; trial < 4; trial++) {
    // Along a random direction: one number that all gradients have a part in.
    const direction = random.normals(weights.length);
    const slope = gradient.data.reduce((sum, g, i) => sum + g * direction[i], 0);
    const step = 2e-4;
    const [above, below] = await Promise.all(
      [step, -step].map((h) => run(weights.map((w, i) => w + h * direction[i]))),
    );
    const measured = (above.loss.data[0] - below.loss.data[0]) / (2 * step);
    const scale = Math.sqrt(gradient.data.reduce((sum, g) => sum + g * g, 0));
    assert(Math.abs(slope - measured) < 0.02 * scale, `slope ${slope}, measured ${measured}`);
  }
});
