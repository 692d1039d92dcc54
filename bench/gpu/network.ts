/** U-Net evaluation and training step on the provider, beside PyTorch on the GPU, eager and compiled, in one run. */

import { Random, type Tensor } from "@countergrade/countergrade";
import {
  type DaeConfig,
  daeParameters,
  flatten,
  linearSchedule,
  parseDaeConfig,
  PRESETS,
  startState,
  type StepFigures,
  Trainer,
} from "@countergrade/countergrade/engine";
import { DaeEncoder } from "../../plugins/encoders/dae/model.ts";
import { lively, randomBatch } from "../peer/equality.ts";
import { interleaved, quantile, rounded, timed } from "../peer/interleave.ts";
import { TorchPeer } from "../peer/torch_peer.ts";
import { providerFlag } from "./provider_flag.ts";

const rehearse = Deno.args.includes("--rehearse");
const provider = providerFlag();
const TINY = {
  ...PRESETS.tiny64,
  imageSize: 16,
  multipliers: [1, 1],
  encoderMultipliers: [1, 1],
  attention: [8],
};
/** Configurations with the batch sizes of a path's rendering and of training. */
const CASES: [name: string, config: DaeConfig, frames: number, batch: number][] = rehearse
  ? [["tiny, a rehearsal", parseDaeConfig(TINY), 2, 2]]
  : [
    ["tiny64", parseDaeConfig(PRESETS.tiny64), 6, 16],
    ["spider64", parseDaeConfig(PRESETS.spider64), 6, 8],
    ["spider64", parseDaeConfig(PRESETS.spider64), 32, 32],
  ];
const ROUNDS = rehearse ? 2 : 20;
const RATES = { learningRate: 1e-4, emaDecay: 0.999, maxGradientNorm: 1 };
const MODES = ["eager", "compiled"] as const;
type Row = Record<string, string | number>;

/** One row per mode of PyTorch, or one without PyTorch; what fails in a mode is told instead. */
async function measure(
  peer: TorchPeer | undefined,
  ours: () => Promise<number>,
  theirs: (mode: string) => Promise<number>,
  about: Row,
): Promise<Row[]> {
  await ours();
  if (!peer) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await ours());
    return [{ ...about, "ours (ms)": rounded(quantile(times, 0.5)), PyTorch: "none" }];
  }
  const rows: Row[] = [];
  for (const mode of MODES) {
    try {
      await theirs(mode);
      await theirs(mode);
      const times = await interleaved(ROUNDS, { ours, peer: () => theirs(mode) });
      const [mine, other] = [quantile(times.ours, 0.5), quantile(times.peer, 0.5)];
      rows.push({
        ...about,
        "ours (ms)": rounded(mine),
        PyTorch: mode,
        "PyTorch (ms)": rounded(other),
        ratio: rounded(mine / other),
      });
    } catch (error) {
      rows.push({ ...about, PyTorch: mode, failure: reasonOf(error) });
    }
    console.log(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

async function evaluation(
  peer: TorchPeer | undefined,
  [preset, config, frames]: typeof CASES[number],
  weights: Map<string, Tensor>,
): Promise<Row[]> {
  const { images: x, times: t } = randomBatch(config, frames, new Random("gpu"));
  await using encoder = new DaeEncoder({ config, weights, facts: {} }, 0, provider);
  const z = await encoder.encode(x);
  const said = await encoder.predict(x, t, z);
  let difference: number | undefined;
  if (peer) {
    const path = await peer.send("inputs", [["x", x], ["t", t], ["z", z]]);
    await peer.ask({ do: "inputs", path });
    await peer.ask({ do: "predict", inputs: path, outputs: peer.pathOf("outputs") });
    const { data } = (await peer.receive("outputs")).get("prediction")!;
    difference = said.data.reduce((most, v, i) => Math.max(most, Math.abs(v - data[i])), 0);
  }
  const about = { preset, what: "U-Net evaluation", batch: frames, provider };
  const rows = await measure(
    peer,
    () => timed(() => encoder.predict(x, t, z)),
    async (mode) => (await peer!.ask<{ ms: number }>({ do: "infer", mode })).ms,
    about,
  );
  return rows.map((row) => ({ ...row, "difference": difference?.toExponential(1) ?? "–" }));
}

async function training(
  peer: TorchPeer | undefined,
  [preset, config, , n]: typeof CASES[number],
  weights: Map<string, Tensor>,
): Promise<Row[]> {
  const batch = randomBatch(config, n, new Random("gpu"));
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const start = startState(flatten(weights, daeParameters(config)));
  await using trainer = await Trainer.create(config, schedule, n, start, { provider });
  let difference: number | undefined;
  if (peer) {
    const path = await peer.send("batch", [
      ["x", batch.images],
      ["noise", batch.noise],
      ["t", batch.times],
    ]);
    await peer.ask({ do: "inputs", path });
    await peer.ask({ do: "prepare_training", learningRate: RATES.learningRate });
    const theirs = await peer.ask<StepFigures>({ do: "train", mode: "eager", ...peerRates() });
    const { loss } = await trainer.step(batch, RATES);
    difference = Math.abs(loss - theirs.loss) / theirs.loss;
  }
  const about = { preset, what: "training step", batch: n, provider };
  const rows = await measure(
    peer,
    () => timed(() => trainer.step(batch, RATES)),
    async (mode) => (await peer!.ask<{ ms: number }>({ do: "train", mode, ...peerRates() })).ms,
    about,
  );
  return rows.map((row) => ({ ...row, "difference": difference?.toExponential(1) ?? "–" }));
}

function peerRates() {
  return { emaDecay: RATES.emaDecay, maxGradientNorm: RATES.maxGradientNorm };
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, 300);
}

{
  await using peer = await TorchPeer.start(4, "gpu_peer.py");
  if (peer) console.log(peer.title, JSON.stringify(await peer.ask({ do: "device" })));
  const found: Row[] = [];
  for (const one of CASES) {
    const weights = lively(one[1], new Random(one[0]));
    if (peer) {
      const path = await peer.send("weights", weights);
      await peer.ask({ do: "load", config: one[1], weights: path });
    }
    for (const part of [evaluation, training]) {
      // An out-of-memory of one case is a finding, not the end.
      found.push(
        ...await part(peer, one, weights).catch((error): Row[] => [
          { preset: one[0], what: part.name, provider, failure: reasonOf(error) },
        ]),
      );
    }
  }
  console.log(JSON.stringify(found));
}
