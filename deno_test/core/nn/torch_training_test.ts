/** Training on PyTorch's library: the same losses and weights as on onnxruntime, and memory that does not grow. */

import { assert, assertEquals } from "@std/assert";
import { type Provider, Random, type Tensor } from "@countergrade/countergrade";
import {
  type DaeConfig,
  daeParameters,
  flatten,
  linearSchedule,
  parseDaeConfig,
  PRESETS,
  startState,
  Trainer,
  type TrainingState,
} from "@countergrade/countergrade/engine";
import { lively, randomBatch } from "../../../bench/peer/equality.ts";
import { torchFolder } from "../../torch_folder.ts";
import { tinyConfig } from "./tiny_training.ts";

const ignore = !torchFolder;
const rates = { learningRate: 1e-3, emaDecay: 0.9, maxGradientNorm: 0.5, weightDecay: 0.01 };

/** Some steps from lively weights, each on a batch of its own. */
async function trained(config: DaeConfig, n: number, steps: number, provider: Provider) {
  const start = startState(flatten(lively(config, new Random("weights")), daeParameters(config)));
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  await using trainer = await Trainer.create(config, schedule, n, start, {
    provider,
    threads: 1,
    library: torchFolder,
  });
  const random = new Random("steps");
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const draws = random.fork(step);
    losses.push((await trainer.step(randomBatch(config, n, draws), rates, draws)).loss);
  }
  const kept = trainer.state.weights === start.weights;
  return { losses, kept, state: await trainer.sync() };
}

/** √Σ(a − b)² / √Σb². */
function difference(a: Tensor, b: Tensor): number {
  let [miss, size] = [0, 0];
  b.data.forEach((value, i) => {
    miss += (a.data[i] - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(miss / size);
}

function expectSame(theirs: TrainingState, ours: TrainingState, tolerance: number) {
  for (const name of ["weights", "mean", "square", "ema"] as const) {
    const error = difference(theirs[name], ours[name]);
    assert(error < tolerance, `${name} differ by ${error}`);
  }
  assertEquals(theirs.step, ours.step);
}

Deno.test({
  name: "50 steps from the same seed, with dropout, differ by less than 1e-5 in loss",
  ignore,
  fn: async () => {
    const config = tinyConfig({ dropout: 0.1, attention: [8] });
    const theirs = await trained(config, 3, 50, "torch");
    const ours = await trained(config, 3, 50, "cpu");
    theirs.losses.forEach((loss, step) => {
      const error = Math.abs(loss - ours.losses[step]) / ours.losses[step];
      assert(error < 1e-5, `step ${step}: ${loss}, onnxruntime ${ours.losses[step]}`);
    });
    expectSame(theirs.state, ours.state, 1e-3);
    assertEquals([theirs.kept, ours.kept], [true, true]);
  },
});

for (const preset of ["tiny64", "small64", "small28", "spider64", "retina128"] as const) {
  const large = preset === "spider64" || preset === "retina128";
  Deno.test({
    name: `two whole steps of ${preset} are the same on PyTorch and onnxruntime`,
    // A hundred million parameters take three minutes and 10 GB.
    ignore: ignore || (large && !Deno.env.has("COUNTERGRADE_LARGE")),
    timeout: large ? 600_000 : undefined,
    fn: async () => {
      const config = parseDaeConfig(PRESETS[preset]);
      const theirs = await trained(config, 1, 2, "torch");
      const ours = await trained(config, 1, 2, "cpu");
      assert(difference(vector(theirs.losses), vector(ours.losses)) < 1e-5);
      // Adam's first step makes ±1 of the smallest gradients, whose sign may be one of rounding.
      expectSame(theirs.state, ours.state, 2e-4);
    },
  });
}

Deno.test({
  name:
    "in bfloat16 the weights stay in float32, and the loss is that of float32 but for two digits",
  ignore,
  fn: async () => {
    const config = tinyConfig({ attention: [8] });
    const theirs = await trained(config, 2, 3, "torch:bfloat16");
    const ours = await trained(config, 2, 3, "torch");
    const error = difference(vector(theirs.losses), vector(ours.losses));
    assert(error > 1e-6 && error < 1e-2, `the losses differ by ${error}`);
    const moved = theirs.state.weights.data.filter((value) => value !== rounded(value)).length;
    assert(
      moved > 0.9 * theirs.state.weights.data.length,
      "weights have more digits than bfloat16",
    );
  },
});

function vector(values: readonly number[]): Tensor {
  return { shape: [values.length], data: Float32Array.from(values) };
}

/** A number as bfloat16 holds it, the upper half of its bits, cut off. */
function rounded(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] &= 0xffff0000;
  return new Float32Array(bits.buffer)[0];
}
