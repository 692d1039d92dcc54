/** Tests of the Diffusion Autoencoder of volumes. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { FormatError, InputError, type Provider, Random } from "@countergrade/countergrade";
import {
  type DaeConfig,
  daeParameters,
  flatten,
  initialParameters,
  linearSchedule,
  parseDaeConfig,
  PRESETS,
  startState,
  Trainer,
} from "@countergrade/countergrade/engine";
import { lively, randomBatch } from "../../../bench/peer/equality.ts";
import { configOf, DaeTrainingSchema } from "../../../plugins/encoders/dae/options.ts";
import { torchFolder } from "../../torch_folder.ts";
import { tinyConfig } from "./tiny_training.ts";

const config = tinyConfig({ axes: 3, unshuffle: 2, pool: "grid", attention: [4] });

async function losses(config: DaeConfig, steps: number, provider: Provider, fixed: boolean) {
  const specs = daeParameters(config);
  const weights = fixed
    ? initialParameters(specs, new Random(1))
    : flatten(lively(config, new Random("weights")), specs);
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  await using trainer = await Trainer.create(config, schedule, 2, startState(weights), {
    provider,
    threads: 1,
    library: torchFolder,
  });
  const out: number[] = [];
  const random = new Random("batches");
  const rates = { learningRate: 2e-3, emaDecay: 0.9, maxGradientNorm: 1 };
  for (let step = 0; step < steps; step++) {
    const batch = randomBatch(config, 2, random.fork(fixed ? 0 : step));
    out.push((await trainer.step(batch, rates)).loss);
  }
  return out;
}

Deno.test("a network of volumes learns a batch", async () => {
  const all = await losses(config, 12, "cpu", true);
  assert(all.at(-1)! < 0.6 * all[0], `from ${all[0]} to ${all.at(-1)}`);
});

Deno.test({
  name: "steps on volumes are the same on PyTorch and onnxruntime",
  ignore: !torchFolder,
  fn: async () => {
    const ours = await losses(config, 4, "cpu", false);
    const theirs = await losses(config, 4, "torch", false);
    ours.forEach((loss, i) => assert(Math.abs(loss - theirs[i]) < 1e-5 * loss, `step ${i}`));
  },
});

Deno.test("weights of volumes have three axes of space, and images of the same network two", () => {
  const shapeOf = (axes?: 3) =>
    daeParameters({ ...config, axes }).find(({ name }) => name === "input_blocks.0.0.weight")!
      .shape;
  assertEquals(shapeOf(3), [32, 8, 3, 3, 3]);
  assertEquals(shapeOf(), [32, 4, 3, 3]);
  assertThrows(() => parseDaeConfig({ ...config, axes: 4 }), FormatError, "axes");
});

Deno.test("a preset is for volumes or for images, and volumes are cubes", () => {
  const options = (preset: string) => DaeTrainingSchema.parse({ preset });
  assertEquals(configOf(options("tiny32v"), [1, 32, 32, 32]), parseDaeConfig(PRESETS.tiny32v));
  assertEquals(configOf(options("small64v"), [1, 32, 32, 32]).imageSize, 32);
  const refused = (preset: string, shape: Parameters<typeof configOf>[1], said: string) =>
    assertThrows(() => configOf(options(preset), shape), InputError, said);
  refused("tiny64", [1, 32, 32, 32], "a preset for volumes (tiny32v, small64v)");
  refused("tiny32v", [1, 32, 32], "a preset for images");
  refused("tiny32v", [1, 16, 32, 32], "expected cubes, current size is 16 × 32 × 32");
});
