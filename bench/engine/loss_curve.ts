/** The loss of a long training beside PyTorch's: the same initial weights, batches, times and noise. */

import { parseArgs } from "node:util";
import { Random, type Tensor } from "@countergrade/countergrade";
import {
  daeParameters,
  flatten,
  initialParameters,
  linearSchedule,
  startState,
  type StepFigures,
  Trainer,
  unflatten,
} from "@countergrade/countergrade/engine";
import { compareCurves, curveBatches, RATES, RUNS, WINDOW } from "../peer/curve.ts";
import { rounded } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";
import { TorchPeer } from "../peer/torch_peer.ts";

/** What the smoothed curves may differ by, relative. */
const TARGET = 0.01;

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    run: { type: "string", default: "tiny64" },
    steps: { type: "string", default: "500" },
    threads: { type: "string", default: "2" },
    initial: { type: "string", default: "torch" },
    rate: { type: "string", default: String(RATES.learningRate) },
    nudged: { type: "boolean", default: false },
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

/** The same weights up to float32's last digit. */
function nudged(weights: Float32Array): Float32Array {
  const random = new Random("nudge");
  return weights.map((weight) => weight * (1 + 6e-8 * (2 * random.integer(2) - 1)));
}

{
  await using peer = await TorchPeer.start(threads);
  printSurroundings(threads, peer?.title ?? "no PyTorch");
  if (peer) {
    const { config, batchSize } = run;
    const weights = await initialWeights(peer);
    await peer.ask({ do: "load", config, weights: peer.pathOf("weights") });
    const rates = { ...RATES, learningRate: Number(flags.rate) };
    const { learningRate, emaDecay, maxGradientNorm } = rates;
    await peer.ask({ do: "prepare_training", learningRate });
    const schedule = linearSchedule(config.noiseSteps, ...config.betas);
    const flat = flatten(weights, daeParameters(config));
    const started = (from: Float32Array) =>
      Trainer.create(config, schedule, batchSize, startState(from), { threads });
    await using trainer = await started(flat);
    await using beside = flags.nudged ? await started(nudged(flat)) : undefined;
    const batchOf = await curveBatches(run);
    const [ours, theirs, besides]: [number[], number[], number[]] = [[], [], []];
    for (let step = 0; step < steps; step++) {
      const batch = batchOf(step);
      const path = await peer.send("batch", [
        ["x", batch.images],
        ["noise", batch.noise],
        ["t", batch.times],
      ]);
      await peer.ask({ do: "inputs", path });
      ours.push((await trainer.step(batch, rates)).loss);
      if (beside) besides.push((await beside.step(batch, rates)).loss);
      const figures = await peer.ask<StepFigures>({ do: "train", emaDecay, maxGradientNorm });
      theirs.push(figures.loss);
      if ((step + 1) % 50 === 0) {
        console.log(`step ${step + 1}: ${rounded(ours[step])}, PyTorch ${rounded(theirs[step])}`);
      }
    }
    const { raw, smooth } = compareCurves(ours, theirs);
    const own = beside && compareCurves(besides, ours);
    console.table([{
      run: flags.run,
      "learning rate": learningRate,
      steps,
      batch: batchSize,
      "initial weights": flags.initial,
      "first loss": rounded(ours[0]),
      [`mean of the last ${WINDOW}`]: rounded(ours.slice(-WINDOW).reduce((a, b) => a + b) / WINDOW),
      "smoothed, largest difference": rounded(smooth),
      target: `≤ ${TARGET}`,
      "single losses": rounded(raw),
      ...own && {
        "nudged, smoothed": rounded(own.smooth),
        "nudged, single": rounded(own.raw),
      },
    }]);
    console.log(
      `Relative differences. Smoothed: means of ${WINDOW} losses in a row. Nudged: ours beside ours from weights that ` +
        "differ by less than rounding does, which is what no two implementations can avoid.",
    );
    if (flags.record) {
      const losses = theirs.map((loss) => Number(loss.toPrecision(7)));
      const record = { run: flags.run, initial: flags.initial, rates, peer: peer.title, losses };
      await Deno.writeTextFile(flags.record, JSON.stringify(record, null, 2) + "\n");
    }
  }
}
