/** The loss of a long training beside PyTorch's: the same initial weights, batches, times and noise. */

import { parseArgs } from "node:util";
import {
  daeParameters,
  flatten,
  initialParameters,
  linearSchedule,
  Random,
  startState,
  type StepFigures,
  type Tensor,
  Trainer,
  unflatten,
} from "@countergrade/countergrade";
import { compareCurves, curveBatches, RATES, RUNS, WINDOW } from "./peer/curve.ts";
import { rounded } from "./peer/interleave.ts";
import { printSurroundings } from "./peer/surroundings.ts";
import { TorchPeer } from "./peer/torch_peer.ts";

/** What the smoothed curves may differ by, relative. */
const TARGET = 0.01;

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    run: { type: "string", default: "tiny64" },
    steps: { type: "string", default: "500" },
    threads: { type: "string", default: "2" },
    initial: { type: "string", default: "torch" },
    record: { type: "string" },
  },
});
const run = RUNS[flags.run as keyof typeof RUNS];
if (!run || !["torch", "ours"].includes(flags.initial)) {
  console.error(`--run is one of ${Object.keys(RUNS).join(", ")}, --initial torch or ours`);
  Deno.exit(2);
}
const [steps, threads] = [Number(flags.steps), Number(flags.threads)];

/** The weights to start from, as a file that both sides read: PyTorch's own, or ours. */
async function initialWeights(peer: TorchPeer): Promise<Map<string, Tensor>> {
  const specs = daeParameters(run.config);
  if (flags.initial === "torch") {
    const outputs = peer.pathOf("weights");
    await peer.ask({ do: "initial", parameters: specs, seed: 1, outputs });
    return await peer.receive("weights");
  }
  const weights = unflatten(initialParameters(specs, new Random("loss curve weights")), specs);
  await peer.send("weights", weights);
  return weights;
}

{
  await using peer = await TorchPeer.start(threads);
  printSurroundings(threads, peer?.title ?? "no PyTorch");
  if (peer) {
    const { config, batchSize } = run;
    const weights = await initialWeights(peer);
    await peer.ask({ do: "load", config, weights: peer.pathOf("weights") });
    const { learningRate, emaDecay, maxGradientNorm } = RATES;
    await peer.ask({ do: "prepare_training", learningRate });
    const schedule = linearSchedule(config.noiseSteps, ...config.betas);
    const start = startState(flatten(weights, daeParameters(config)));
    await using trainer = await Trainer.create(config, schedule, batchSize, start, { threads });
    const batchOf = await curveBatches(run);
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let step = 0; step < steps; step++) {
      const batch = batchOf(step);
      const path = await peer.send("batch", [
        ["x", batch.images],
        ["noise", batch.noise],
        ["t", batch.times],
      ]);
      await peer.ask({ do: "inputs", path });
      ours.push((await trainer.step(batch, RATES)).loss);
      const figures = await peer.ask<StepFigures>({ do: "train", emaDecay, maxGradientNorm });
      theirs.push(figures.loss);
      if ((step + 1) % 50 === 0) {
        console.log(`step ${step + 1}: ${rounded(ours[step])}, PyTorch ${rounded(theirs[step])}`);
      }
    }
    const { raw, smooth } = compareCurves(ours, theirs);
    console.table([{
      run: flags.run,
      steps,
      batch: batchSize,
      "initial weights": flags.initial,
      "first loss": rounded(ours[0]),
      [`mean of the last ${WINDOW}`]: rounded(ours.slice(-WINDOW).reduce((a, b) => a + b) / WINDOW),
      "smoothed, largest difference": rounded(smooth),
      target: `≤ ${TARGET}`,
      "single losses": rounded(raw),
    }]);
    console.log(`Relative differences. Smoothed: means of ${WINDOW} losses in a row.`);
    if (flags.record) {
      const record = { run: flags.run, initial: flags.initial, peer: peer.title, losses: theirs };
      await Deno.writeTextFile(flags.record, JSON.stringify(record, null, 2) + "\n");
    }
  }
}
