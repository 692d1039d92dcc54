/**
 * What an image of a larger preset costs beside one of `small64`: an evaluation of the U-Net and a training step, both sides in turns.
 *
 *     deno task bench larger --threads 1 --cpu
 */

import { parseArgs } from "node:util";
import { Random } from "@countergrade/countergrade";
import {
  daeParameters,
  flatten,
  linearSchedule,
  parseDaeConfig,
  PRESETS,
  startState,
  Trainer,
} from "@countergrade/countergrade/engine";
import { DaeEncoder } from "../../plugins/encoders/dae/model.ts";
import { lively, randomBatch } from "../peer/equality.ts";
import { interleaved, quantile, rounded, timed, timedOnCpu } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

/** The largest ratio that we aim at. */
const CASES = { small128: 1.5, small256: 3 };
const BESIDE = "small64";
const RATES = { learningRate: 1e-4, emaDecay: 0.999, maxGradientNorm: 1 };

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "9" },
    threads: { type: "string", default: "2" },
    batch: { type: "string", default: "16" },
    /** Processor time instead of that of the clock, for a busy machine. */
    cpu: { type: "boolean", default: false },
  },
});
const [threads, batch] = [Number(flags.threads), Number(flags.batch)];
const measured = flags.cpu ? timedOnCpu : timed;

/** What is timed of a preset. */
async function sideOf(preset: keyof typeof PRESETS) {
  const config = parseDaeConfig(PRESETS[preset]);
  const weights = lively(config, new Random("larger weights"));
  const given = randomBatch(config, batch, new Random("larger"));
  const encoder = new DaeEncoder({ config, weights, facts: {} }, threads, "cpu");
  const codes = await encoder.encode(given.images);
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const start = startState(flatten(weights, daeParameters(config)));
  const session = { threads, provider: "cpu" as const };
  const trainer = await Trainer.create(config, schedule, batch, start, session);
  return {
    "U-Net inference": () => encoder.predict(given.images, given.times, codes),
    "training step": () => trainer.step(given, RATES),
    async [Symbol.asyncDispose]() {
      await trainer[Symbol.asyncDispose]();
      await encoder[Symbol.asyncDispose]();
    },
  };
}

printSurroundings(threads);
await using small = await sideOf(BESIDE);
console.log(`| preset | what | ms per image | ${BESIDE} | ratio | aim |`);
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [preset, aim] of Object.entries(CASES)) {
  await using large = await sideOf(preset as keyof typeof CASES);
  for (const what of ["U-Net inference", "training step"] as const) {
    const sides = { ours: () => measured(large[what]), peer: () => measured(small[what]) };
    await interleaved(1, sides);
    const { ours, peer } = await interleaved(Number(flags.rounds), sides);
    const [mine, other] = [quantile(ours, 0.5), quantile(peer, 0.5)];
    const cells = [mine / batch, other / batch, mine / other].map(rounded);
    console.log(`| ${[preset, what, ...cells, `≤ ${aim}`].join(" | ")} |`);
  }
}
