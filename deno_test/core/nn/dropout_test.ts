/** Dropout: what is drawn, where it sits, and its gradient. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  batchFeeds,
  constantSource,
  daeParameters,
  denoiserNetwork,
  Dropout,
  flatten,
  Graph,
  linearSchedule,
  Random,
  reduceSum,
  Session,
  startState,
  type Tensor,
  tensor,
  trainingGraph,
  updateFeeds,
} from "@countergrade/countergrade";
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

Deno.test("dropout stands after the second SiLU: with all dropped a block is its skip connection and a bias", async () => {
  const config = tinyConfig({ dropout: 0.5 });
  const weights = lively(config, new Random(4));
  const graph = new Graph();
  const x = graph.input("x", [1, 1, 8, 8]);
  const t = graph.input("t", [1]);
  const z = graph.input("z", [1, 8]);
  const dropout = new Dropout(config.dropout);
  const source = constantSource(graph, weights);
  graph.output("sum", reduceSum(denoiserNetwork(config, source, x, t, z, dropout.drop), [0, 1]));
  await using session = await Session.compile(graph);
  const random = new Random(5);
  const feeds = (time: number, code: number) => {
    const masks = dropout.draws(new Random(6))();
    const silent = Object.fromEntries(
      Object.entries(masks).map((
        [name, { shape, data }],
      ) => [name, tensor(shape, data.map(() => 0))]),
    );
    const image = random.fork("x").normals(64);
    return {
      x: tensor([1, 1, 8, 8], image),
      t: tensor([1], [time]),
      z: tensor([1, 8], Array(8).fill(code)),
      ...silent,
    };
  };
  // Time and code come in before the mask only: none of them can be seen behind it.
  const [a, b] = [await session.run(feeds(10, 0)), await session.run(feeds(900, 3))];
  assertEquals(a.sum.data, b.sum.data);
  assert(a.sum.data.some((value) => value !== 0));
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
