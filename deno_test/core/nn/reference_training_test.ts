/** The first six training steps of the PyTorch reference, see shared/reference/README.md. */

import { assert } from "@std/assert";
import { type Tensor, tensor } from "@countergrade/countergrade";
import {
  daeParameters,
  flatten,
  linearSchedule,
  parseDaeConfig,
  Session,
  type SessionOptions,
  startState,
  Trainer,
  unflatten,
} from "@countergrade/countergrade/engine";
import { readNpz } from "@countergrade/countergrade/formats";
import { readTorchCheckpoint } from "../../../core/formats/torch_checkpoint.ts";
import { trainingGraph } from "../../../core/nn/trainer.ts";
import { torchFolder } from "../../torch_folder.ts";
import { mixing } from "../../../core/nn/noisy_batch.ts";

const folder = new URL("../../../../shared/reference/", import.meta.url);
const present = await Deno.stat(folder).then(() => true, () => false);
if (!present) {
  console.warn("The reference outputs are absent: the comparison with PyTorch is skipped");
}

const CONFIG = parseDaeConfig({
  imageSize: 32,
  imageChannels: 1,
  channels: 32,
  multipliers: [1, 2],
  encoderMultipliers: [1, 2, 2],
  embedding: 64,
  codeSize: 64,
  imageRange: [0, 1],
});
const STEPS = 6;

async function arrays(name: string): Promise<Map<string, Tensor>> {
  const npz = readNpz(await Deno.readFile(new URL(name, folder)));
  return new Map(
    [...npz].map(([key, { shape, data }]) => [key, tensor(shape, data as unknown as number[])]),
  );
}

function largest(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

function difference(a: Float32Array, b: Float32Array): number {
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i])), 0);
}

for (const provider of ["cpu", "torch"] as const) {
  Deno.test({
    name: `six training steps on ${provider} agree with PyTorch: losses, gradients and weights`,
    ignore: !present || (provider === "torch" && !torchFolder),
    fn: (t) => compare(t, { provider, threads: 1, library: torchFolder }),
  });
}

async function compare(t: Deno.TestContext, options: SessionOptions) {
  const { x } = Object.fromEntries(await arrays("tiny_gray32.npz"));
  const reference = await arrays("tiny_gray32_train.npz");
  const { tensors } = readTorchCheckpoint(
    await Deno.readFile(new URL("tiny_gray32.ckpt", folder)),
  );
  const trained = new Map(
    [...tensors].filter(([name]) => name.startsWith("model.")).map((
      [name, value],
    ) => [name.slice(6), value]),
  );
  const specs = daeParameters(CONFIG);
  const weights = flatten(trained, specs);
  const schedule = linearSchedule();
  const at = (name: string, step: number): Tensor => {
    const { shape, data } = reference.get(name)!;
    const size = data.length / STEPS;
    return { shape: shape.slice(1), data: data.slice(step * size, (step + 1) * size) };
  };

  await t.step("gradients of the first step", async () => {
    await using session = await Session.compile(
      trainingGraph(CONFIG, 3, { withGradient: true }).graph,
      { optimization: "extended", ...options },
    );
    const start = startState(weights);
    const { gradient } = await session.run({
      weights: start.weights,
      mean: start.mean,
      square: start.square,
      ema: start.ema,
      x,
      noise: at("noise", 0),
      t: at("t", 0),
      ...mixing(schedule, at("t", 0), x),
      rates: tensor([7], [0, 1, 0, 1, 1e30, 0, 1]),
    });
    const gradients = unflatten(gradient.data, specs);
    assert(
      gradients.size === 294,
      `expected 294 parameters, current number is ${gradients.size}`,
    );
    // Some gradients are zero up to rounding (a shift before a normalization): those are compared on the scale of all.
    const scale = largest(gradient.data);
    for (const [name, { data }] of gradients) {
      const expected = reference.get(`grad/${name}`)!.data;
      const error = difference(data, expected) / Math.max(largest(expected), 1e-4 * scale);
      assert(error < 1e-3, `${name}: relative error ${error}`);
    }
  });

  await t.step("losses of all steps and weights after them", async () => {
    await using trainer = await Trainer.create(CONFIG, schedule, 3, startState(weights), options);
    for (let step = 0; step < STEPS; step++) {
      const batch = { images: x, noise: at("noise", step), times: at("t", step) };
      const { loss } = await trainer.step(batch, { learningRate: 1e-4, emaDecay: 0.9999 });
      const expected = reference.get("loss")!.data[step];
      assert(
        Math.abs(loss / expected - 1) < 1e-3,
        `step ${step}: loss ${loss}, PyTorch ${expected}`,
      );
    }
    const after = unflatten((await trainer.sync()).weights.data, specs);
    for (const [key, expected] of reference) {
      if (!key.startsWith("after/")) continue;
      const error = difference(after.get(key.slice(6))!.data, expected.data) /
        largest(expected.data);
      assert(error < 1e-3, `${key}: relative error ${error}`);
    }
  });
}
