/** The loss of VICReg and its gradient against the plain formula. */

import { assert, assertAlmostEquals } from "@std/assert";
import { Random, tensor } from "@countergrade/countergrade";
import {
  daeParameters,
  flatten,
  Graph,
  linearSchedule,
  parameterCount,
  Session,
  type TrainingBatch,
  type Views,
} from "@countergrade/countergrade/engine";
import { lively } from "../../../bench/peer/equality.ts";
import { gradient } from "../../../core/graph/gradient.ts";
import { batchFeeds, trainingLoss } from "../../../core/nn/dae_loss.ts";
import { noisyBatch } from "../../../core/nn/noisy_batch.ts";
import { flatSource } from "../../../core/nn/parameters.ts";
import { vicregLoss } from "../../../core/nn/vicreg.ts";
import { tinyBatch, tinyConfig } from "./tiny_training.ts";

const [N, D] = [5, 3];

/** The formula as it is printed, in float64. */
function printed(a: readonly number[], b: readonly number[]): number {
  const invariance = a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / (N * D);
  const spread = (z: readonly number[]) => {
    const column = (j: number) => Array.from({ length: N }, (_, i) => z[i * D + j]);
    const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / N;
    const covariance = (j: number, k: number) => {
      const [x, y] = [column(j), column(k)];
      return x.reduce((sum, value, i) => sum + (value - mean(x)) * (y[i] - mean(y)), 0) / (N - 1);
    };
    let [variance, others] = [0, 0];
    for (let j = 0; j < D; j++) {
      variance += Math.max(0, 1 - Math.sqrt(covariance(j, j) + 1e-4)) / D;
      for (let k = 0; k < D; k++) if (k !== j) others += covariance(j, k) ** 2 / D;
    }
    return variance + others / 25;
  };
  return invariance + spread(a) + spread(b);
}

/** Codes whose first number spreads by more than 1, where the hinge rests, and whose last by little. */
function codes(seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: N * D }, (_, i) => [3, 0.8, 0.1][i % D] * random.normal());
}

Deno.test("vicregLoss() and its gradient are those of the printed formula", async () => {
  const graph = new Graph();
  const [a, b] = ["a", "b"].map((name) => graph.input(name, [N, D]));
  const loss = vicregLoss(a, b);
  graph.output("loss", loss);
  gradient(loss, [a, b]).forEach((value, i) => graph.output(`slope${i}`, value));
  await using session = await Session.compile(graph, { threads: 1 });
  const given = [codes(1), codes(2)];
  const found = await session.run({ a: tensor([N, D], given[0]), b: tensor([N, D], given[1]) });
  assertAlmostEquals(found.loss.data[0], printed(given[0], given[1]), 1e-5);
  given.forEach((own, side) =>
    own.forEach((_, i) => {
      const at = (step: number) => {
        const moved = given.map((z) => z.slice());
        moved[side][i] += step;
        return printed(moved[0], moved[1]);
      };
      const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
      assertAlmostEquals(found[`slope${side}`].data[i], slope, 1e-4, `slope of ${i}`);
    })
  );
});

Deno.test("codes that are equal, spread and unrelated cost nothing", async () => {
  const graph = new Graph();
  const z = graph.input("z", [4, 2]);
  graph.output("loss", vicregLoss(z, z));
  await using session = await Session.compile(graph, { threads: 1 });
  const { loss } = await session.run({ z: tensor([4, 2], [1, 1, 1, -1, -1, 1, -1, -1]) });
  assertAlmostEquals(loss.data[0], 0, 2e-6);
});

Deno.test("the term is added to the denoising loss by its weight, and what the encoder sees is not what is denoised", async () => {
  const config = tinyConfig();
  const specs = daeParameters(config);
  const weights = tensor([parameterCount(specs)], flatten(lively(config, new Random(1)), specs));
  const [batch, { images: seen }, { images: view }] = [0, 1, 2].map((seed) => tinyBatch(2, seed));
  const loss = async (given: Partial<TrainingBatch>, views: Views) => {
    const graph = new Graph();
    const source = flatSource(graph.input("weights", weights.shape), specs);
    const noisy = noisyBatch(graph, config, 2, views);
    graph.output("loss", trainingLoss(config, source, noisy, undefined, views.vicreg));
    await using session = await Session.compile(graph, { threads: 1 });
    const feeds = batchFeeds({ ...batch, ...given }, linearSchedule());
    return (await session.run({ weights, ...feeds })).loss.data[0];
  };
  const plain = await loss({}, {});
  assertAlmostEquals(await loss({ seen: batch.images }, { seen: true }), plain, 1e-6);
  const varied = await loss({ seen }, { seen: true });
  assert(Math.abs(varied - plain) > 1e-4, `${varied} beside ${plain}`);
  const half = await loss({ seen, view }, { seen: true, vicreg: 0.5 });
  const whole = await loss({ seen, view }, { seen: true, vicreg: 1 });
  assertAlmostEquals(whole - varied, 2 * (half - varied), 1e-5);
  assert(half - varied > 0.1, `${half} beside ${varied}`);
});
