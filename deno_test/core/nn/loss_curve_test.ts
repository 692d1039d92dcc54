/**
 * Five hundred training steps beside PyTorch's: `loss_curve.json` holds its losses and its version. Made anew with
 * `deno task bench loss_curve --run tiny16 --initial ours --record deno_test/core/nn/loss_curve.json`.
 */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "@countergrade/countergrade";
import {
  daeParameters,
  initialParameters,
  linearSchedule,
  startState,
  Trainer,
} from "@countergrade/countergrade/engine";
import { compareCurves, curveBatches, RATES, RUNS } from "../../../bench/peer/curve.ts";
import recorded from "./loss_curve.json" with { type: "json" };

Deno.test("500 steps on the phantom follow PyTorch's losses, with its batches, times and noise", {
  timeout: 240_000,
}, async () => {
  const run = RUNS[recorded.run as keyof typeof RUNS];
  assertEquals([recorded.initial, recorded.rates], ["ours", RATES]);
  const { config, batchSize } = run;
  const weights = initialParameters(daeParameters(config), new Random("loss curve weights"));
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const batchOf = await curveBatches(run);
  const start = startState(weights);
  await using trainer = await Trainer.create(config, schedule, batchSize, start, { threads: 1 });
  const losses: number[] = [];
  for (let step = 0; step < recorded.losses.length; step++) {
    losses.push((await trainer.step(batchOf(step), RATES)).loss);
  }
  const { raw, smooth } = compareCurves(losses, recorded.losses);
  // Measured: 6e-7 and 1e-7, float32's last digits. An update rule that is slightly wrong is far beyond this.
  assert(raw < 1e-3 && smooth < 1e-3, `single losses differ by ${raw}, smoothed ones by ${smooth}`);
});

Deno.test("compareCurves() finds a single odd loss, and a shift of the smoothed curve", () => {
  const flat = Array(100).fill(2);
  assertEquals(compareCurves(flat, flat), { raw: 0, smooth: 0 });
  const odd = compareCurves(flat.with(50, 2.5), flat);
  assertEquals(odd.raw, 0.25);
  assertAlmostEquals(odd.smooth, 0.01);
  assertThrows(() => compareCurves(flat, [2]), Error, "100 and 1");
});
