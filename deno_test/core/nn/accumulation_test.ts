/** Accumulated steps against steps on whole batches, and the loss on held-out batches. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Random, rows } from "@countergrade/countergrade";
import {
  AccumulatingTrainer,
  daeParameters,
  flatten,
  initialParameters,
  linearSchedule,
  startState,
  type StepRates,
  Trainer,
  type TrainingBatch,
  Validator,
} from "@countergrade/countergrade/engine";
import { lively } from "../../../bench/peer/equality.ts";
import { torchFolder } from "../../torch_folder.ts";
import { tinyBatch, tinyConfig } from "./tiny_training.ts";

const RATES: StepRates = {
  learningRate: 1e-3,
  emaDecay: 0.9,
  maxGradientNorm: 1,
  weightDecay: 0.01,
};
const schedule = linearSchedule();
const session = { threads: 1 };

for (const [dropout, provider] of [[0, "cpu"], [0.2, "cpu"], [0.2, "torch"]] as const) {
  const name = `three batches of two are one batch of six, with dropout ${dropout} on ${provider}`;
  Deno.test({ name, ignore: provider === "torch" && !torchFolder }, async () => {
    const session = { threads: 1, provider, library: torchFolder };
    const config = tinyConfig({ dropout });
    const weights = flatten(lively(config, new Random(1)), daeParameters(config));
    const state = () => startState(weights.slice());
    await using whole = await Trainer.create(config, schedule, 6, state(), session);
    await using parts = await AccumulatingTrainer.create(config, schedule, 2, 3, state(), session);
    for (let step = 0; step < 4; step++) {
      const batch = tinyBatch(6, step);
      const random = () => new Random("masks").fork(step);
      const a = await whole.step(batch, RATES, random());
      const b = await parts.step(batch, RATES, random());
      assert(Math.abs(a.loss / b.loss - 1) < 1e-5, `losses ${a.loss}, ${b.loss}`);
      assert(Math.abs(a.gradientNorm / b.gradientNorm - 1) < 1e-4);
    }
    await whole.sync();
    await parts.sync();
    assertEquals(parts.state.step, 4);
    // Adam's steps are about as large as the learning rate, however small the gradient.
    for (const what of ["weights", "ema"] as const) {
      const [a, b] = [whole.state[what].data, parts.state[what].data];
      const moved = a.reduce((most, x, i) => Math.max(most, Math.abs(x - weights[i])), 0);
      const apart = a.reduce((sum, x, i) => sum + Math.abs(x - b[i]), 0) / a.length;
      assert(moved > 5e-4 && apart < 1e-6, `${what} moved ${moved}, are ${apart} apart`);
    }
  });
}

Deno.test("a trainer with dropout asks for random numbers", async () => {
  const config = tinyConfig({ dropout: 0.5 });
  const start = startState(initialParameters(daeParameters(config), new Random(1)));
  await using trainer = await Trainer.create(config, schedule, 2, start, session);
  await assertRejects(() => trainer.step(tinyBatch(2), RATES), TypeError, "random");
});

Deno.test("the validation loss is the training's loss, averaged over batches, without dropout", async () => {
  const config = tinyConfig({ dropout: 0.5 });
  const start = startState(initialParameters(daeParameters(config), new Random(1)));
  const whole = tinyBatch(4);
  const part = (from: number): TrainingBatch => ({
    images: rows(whole.images, from, from + 2),
    noise: rows(whole.noise, from, from + 2),
    times: rows(whole.times, from, from + 2),
  });
  await using validator = await Validator.create(config, schedule, [part(0), part(2)], session);
  const plain = tinyConfig();
  await using trainer = await Trainer.create(plain, schedule, 4, start, session);
  const { loss } = await trainer.step(whole, RATES);
  const measured = await validator.loss(start.weights);
  assert(Math.abs(measured / loss - 1) < 1e-5, `validation ${measured}, training ${loss}`);
  await assertRejects(() => validator.loss(start.weights, AbortSignal.abort()));
});
