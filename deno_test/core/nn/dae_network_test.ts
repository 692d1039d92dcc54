/** Larger pictures: blocks of 8 × 8 pixels become channels before the networks, and come out as pixels behind them. */

import {
  daeParameters,
  describeDae,
  initialParameters,
  linearSchedule,
  parseDaeConfig,
  PRESETS,
  startState,
  Trainer,
} from "@countergrade/countergrade/engine";
import { FormatError, type Provider, Random } from "@countergrade/countergrade";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { randomBatch } from "../../../bench/peer/equality.ts";
import { torchFolder } from "../../torch_folder.ts";
import { tinyConfig } from "./tiny_training.ts";

const config = tinyConfig({ imageSize: 16, unshuffle: 8, pool: "grid", multipliers: [2, 2] });

async function losses(steps: number, provider: Provider): Promise<number[]> {
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const start = startState(initialParameters(daeParameters(config), new Random(1)));
  const session = { provider, threads: 1, library: torchFolder };
  await using trainer = await Trainer.create(config, schedule, 2, start, session);
  const batch = randomBatch(config, 2, new Random("batch"));
  const rates = { learningRate: 2e-3, emaDecay: 0.9, maxGradientNorm: 1 };
  const out: number[] = [];
  for (let step = 0; step < steps; step++) out.push((await trainer.step(batch, rates)).loss);
  return out;
}

Deno.test("a network of blocks of 8 × 8 pixels learns a batch, pixel by pixel", async () => {
  const all = await losses(30, "cpu");
  assert(all.at(-1)! < 0.5 * all[0], `from ${all[0]} to ${all.at(-1)}`);
});

Deno.test({
  name: "its steps are the same on PyTorch and onnxruntime",
  ignore: !torchFolder,
  fn: async () => {
    const [ours, theirs] = [await losses(3, "cpu"), await losses(3, "torch")];
    ours.forEach((loss, i) => assert(Math.abs(loss - theirs[i]) < 1e-5 * loss, `step ${i}`));
  },
});

Deno.test("the presets for larger pictures work at as many positions as small64, their first level is wider", () => {
  for (const [name, channels] of [["small64", 32], ["small128", 64], ["small256", 96]] as const) {
    const { layers } = describeDae(parseDaeConfig(PRESETS[name]), 1);
    const first = layers.find((layer) => layer.name === "input_blocks.0")!;
    assertEquals(first.output, [channels, 32, 32], name);
  }
  const { unshuffle, channels, multipliers } = parseDaeConfig(PRESETS.small256);
  assert(channels * multipliers[0] > unshuffle ** 2, "what a block holds fits through");
});

Deno.test("pictures that cannot be cut into blocks and halved are refused with what would fit", () => {
  const sized = (imageSize: number) => () => parseDaeConfig({ ...PRESETS.small256, imageSize });
  assertEquals(sized(128)().imageSize, 128);
  assertThrows(sized(250), FormatError, "imageSize to be a multiple of 64, current value is 250");
  assertThrows(sized(32), FormatError, "multiple of 64, current value is 32");
});
