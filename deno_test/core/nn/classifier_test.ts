/** The supervised baseline's network: its loss, its optimizer and its shapes. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random, row, type Tensor, tensor } from "@countergrade/countergrade";
import {
  Classifier,
  classifierParameters,
  ClassifierTrainer,
  Graph,
  initialParameters,
  mul,
  reduceSum,
  Session,
  startState,
  sub,
} from "@countergrade/countergrade/engine";
import { updateFeeds } from "../../../core/nn/adam.ts";
import { stepResults, trainingStep } from "../../../core/nn/training_step.ts";
import type { ParameterSpec } from "../../../core/nn/parameters.ts";

const CONFIG = { imageSize: 8, imageChannels: 1, classes: 3, channels: [8, 16] };
const RATES = { learningRate: 0.02, emaDecay: 0.5 };

/** Images of one brightness, which is the label, with noise. */
function brightness(count: number, random: Random) {
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const data = labels.flatMap((label) =>
    Array.from(
      { length: 64 },
      (_, p) => (p < 20 * (label + 1) ? 0.5 : -0.5) + 0.2 * random.normal(),
    )
  );
  return { images: tensor([count, 1, 8, 8], data), labels };
}

const start = () => startState(initialParameters(classifierParameters(CONFIG), new Random(1)));

Deno.test("the loss is the mean of −ln p of the true labels", async () => {
  const batch = brightness(6, new Random(2));
  const state = start();
  await using trainer = await ClassifierTrainer.create(CONFIG, 6, state, { threads: 1 });
  await using classifier = await Classifier.create(CONFIG, 8, { threads: 1 });
  const told = await classifier.tell(state.weights, batch.images);
  const { loss } = await trainer.step(batch, RATES);
  assertEquals(told.shape, [6, 3]);
  const expected = batch.labels.reduce((sum, label, i) => sum - row(told, i).data[label] / 6, 0);
  assertAlmostEquals(loss, expected, 1e-5);
  for (let i = 0; i < 6; i++) {
    assertAlmostEquals(row(told, i).data.reduce((sum, l) => sum + Math.exp(l), 0), 1, 1e-5);
  }
});

Deno.test("training tells unseen images of a separable set apart, by the averaged weights", async () => {
  await using trainer = await ClassifierTrainer.create(CONFIG, 12, start(), { threads: 1 });
  const random = new Random(3);
  for (let step = 0; step < 60; step++) await trainer.step(brightness(12, random), RATES);
  await using classifier = await Classifier.create(CONFIG, 30, { threads: 1 });
  const { images, labels } = brightness(30, new Random(4));
  const told = await classifier.tell(trainer.state.ema, images);
  const hits = labels.filter((label, i) => {
    const p = [...row(told, i).data];
    return p.indexOf(Math.max(...p)) === label;
  });
  assert(hits.length >= 29, `${hits.length} of 30`);
});

Deno.test("a step is that of Adam, with clipping, weight decay and the average of the weights", async () => {
  // L = Σ(w − c)²/2, so the gradient is w − c.
  const specs: ParameterSpec[] = [{ name: "w", shape: [3], initial: { fill: 0 } }];
  const center = [3, -4, 0.5];
  const graph = new Graph();
  trainingStep(graph, specs, (p) => {
    const d = sub(p.get("w", [3], { fill: 0 }), graph.constant(tensor([3], center)));
    return mul(reduceSum(mul(d, d), [0]), 0.5);
  });
  await using session = await Session.compile(graph, { threads: 1 });
  const rates = { learningRate: 0.1, emaDecay: 0.9, maxGradientNorm: 2, weightDecay: 0.5 };
  let state = startState(Float32Array.of(1, 1, 1));
  let [w, m, v, ema] = [[1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 1, 1]];
  for (let k = 1; k <= 4; k++) {
    const raw = w.map((x, i) => x - center[i]);
    const norm = Math.hypot(...raw);
    const g = raw.map((x) => x * Math.min(1, 2 / norm));
    m = m.map((x, i) => 0.9 * x + 0.1 * g[i]);
    v = v.map((x, i) => 0.999 * x + 0.001 * g[i] ** 2);
    w = w.map((x, i) =>
      x * (1 - 0.1 * 0.5) -
      0.1 * (m[i] / (1 - 0.9 ** k)) / (Math.sqrt(v[i] / (1 - 0.999 ** k)) + 1e-8)
    );
    ema = ema.map((x, i) => 0.9 * x + 0.1 * w[i]);
    const results = await session.run(updateFeeds(state, rates));
    const next = stepResults(results as Record<string, Tensor>, state);
    state = next.state;
    assertEquals(state.step, k);
    assertAlmostEquals(next.figures.gradientNorm, norm, 1e-4);
    w.forEach((x, i) => assertAlmostEquals(state.weights.data[i], x, 1e-4));
    ema.forEach((x, i) => assertAlmostEquals(state.ema.data[i], x, 1e-4));
  }
});

Deno.test("levels beyond the last even resolution are left out, odd channels are refused", () => {
  const levels = (imageSize: number) =>
    classifierParameters({ ...CONFIG, imageSize, channels: [8, 8, 8, 8] })
      .filter(({ name }) => /^levels\.\d\.conv\.weight$/.test(name)).length;
  assertEquals([levels(64), levels(28), levels(7)], [4, 3, 1]);
  assertThrows(
    () => classifierParameters({ ...CONFIG, channels: [8, 12] }),
    TypeError,
    "multiples of 8, current value is 12",
  );
});
