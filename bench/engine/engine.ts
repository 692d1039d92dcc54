/** U-Net inference and training steps against PyTorch on the CPU: same weights, same inputs, in turns. */

import { parseArgs } from "node:util";
import { type Provider, Random, type Tensor } from "@countergrade/countergrade";
import {
  type DaeConfig,
  daeParameters,
  flatten,
  linearSchedule,
  parameterCount,
  parseDaeConfig,
  PRESETS,
  startState,
  type StepFigures,
  Trainer,
} from "@countergrade/countergrade/engine";
import { DaeEncoder } from "../../plugins/encoders/dae/model.ts";
import { expectEqual, lively, randomBatch } from "../peer/equality.ts";
import { comparison, interleaved, timed, timedOnCpu } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";
import { TorchPeer } from "../peer/torch_peer.ts";

/** Batch size and the largest ratio that we aim at (inference, training). */
const CASES = {
  tiny64: { batch: 16, inference: 0.75, training: 1 },
  small64: { batch: 16, inference: 0.75, training: 1 },
  small128: { batch: 16, inference: 0.75, training: 1 },
  small256: { batch: 16, inference: 0.75, training: 1 },
  small28: { batch: 16, inference: 0.75, training: 1 },
  spider64: { batch: 8, inference: 0.75, training: 1.15 },
  tiny32v: { batch: 8, inference: 1, training: 1.5 },
  small64v: { batch: 8, inference: 1, training: 1.5 },
} as const;
type Preset = keyof typeof CASES;

const RATES = { learningRate: 1e-4, emaDecay: 0.999, maxGradientNorm: 1 };
/** Steps that both sides take from the same weights before they are timed; their losses must agree. */
const COMPARED_STEPS = 3;
const TOLERANCE = 1e-4;

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    large: { type: "boolean", default: false },
    presets: { type: "string" },
    rounds: { type: "string", default: "15" },
    threads: { type: "string", default: "2" },
    /** Where ours runs: cpu, or torch. */
    provider: { type: "string", default: "cpu" },
    /** Processor time instead of that of the clock, for a busy machine; with one thread, since waiting counts. */
    cpu: { type: "boolean", default: false },
    /** Parts, by name. */
    what: { type: "string", default: "inference,training" },
  },
});
const threads = Number(flags.threads);
const provider = flags.provider as Provider;
const measured = flags.cpu ? timedOnCpu : timed;
/** What a peer's answer says in the same measure. */
const theirs = ({ ms, cpuMs }: { ms: number; cpuMs: number }) => flags.cpu ? cpuMs : ms;
const presets = flags.presets?.split(",") ??
  ["tiny64", "small64", "small28", ...flags.large ? ["spider64"] : []];
const unknown = presets.filter((name) => !(name in CASES));
if (unknown.length) {
  console.error(`No such preset: ${unknown.join(", ")}; known: ${Object.keys(CASES).join(", ")}`);
  Deno.exit(2);
}

/** One row: a preset's inference or training. */
type Row = Record<string, string | number>;

async function measureInference(
  peer: TorchPeer,
  config: DaeConfig,
  weights: Map<string, Tensor>,
  preset: Preset,
): Promise<Row> {
  const { batch, inference: target } = CASES[preset];
  const { images: x, times: t } = randomBatch(config, batch, new Random("engine"));
  await using encoder = new DaeEncoder({ config, weights, facts: {} }, threads, provider);
  const z = await encoder.encode(x);
  const prediction = await encoder.predict(x, t, z);
  const inputs = await peer.send("inputs", [["x", x], ["t", t], ["z", z]]);
  const { unused } = await peer.ask<{ unused: string[] }>({
    do: "predict",
    inputs,
    outputs: peer.pathOf("outputs"),
  });
  if (unused.length) throw new Error(`PyTorch's networks leave out ${unused.join(", ")}`);
  const said = await peer.receive("outputs");
  const difference = Math.max(
    expectEqual("z", z.data, said.get("z")!.data, TOLERANCE),
    expectEqual("prediction", prediction.data, said.get("prediction")!.data, TOLERANCE),
  );
  await peer.ask({ do: "inputs", path: inputs });
  const sides = {
    ours: () => measured(() => encoder.predict(x, t, z)),
    peer: async () => theirs(await peer.ask({ do: "infer" })),
  };
  await interleaved(2, sides);
  const times = await interleaved(Number(flags.rounds), sides);
  return {
    preset,
    what: "U-Net inference",
    batch,
    ...comparison(times),
    target: `≤ ${target}`,
    "largest difference": difference.toExponential(1),
  };
}

async function measureTraining(
  peer: TorchPeer,
  config: DaeConfig,
  weights: Map<string, Tensor>,
  preset: Preset,
): Promise<Row> {
  const { batch: n, training: target } = CASES[preset];
  const batch = randomBatch(config, n, new Random("engine"));
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const start = startState(flatten(weights, daeParameters(config)));
  await using trainer = await Trainer.create(config, schedule, n, start, { threads, provider });
  const path = await peer.send("batch", [
    ["x", batch.images],
    ["noise", batch.noise],
    ["t", batch.times],
  ]);
  await peer.ask({ do: "inputs", path });
  const { optimizer } = await peer.ask<{ optimizer: string }>({
    do: "prepare_training",
    learningRate: RATES.learningRate,
  });
  const command = {
    do: "train",
    emaDecay: RATES.emaDecay,
    maxGradientNorm: RATES.maxGradientNorm,
  };
  let [difference, normDifference] = [0, 0];
  for (let step = 0; step < COMPARED_STEPS; step++) {
    const ours = await trainer.step(batch, RATES);
    const figures = await peer.ask<StepFigures>(command);
    const of = (what: keyof StepFigures, tolerance: number) =>
      expectEqual(`${what} of step ${step + 1}`, [ours[what]], [figures[what]], tolerance);
    difference = Math.max(difference, of("loss", TOLERANCE));
    normDifference = Math.max(normDifference, of("gradientNorm", TOLERANCE));
  }
  const times = await interleaved(Number(flags.rounds), {
    ours: () => measured(() => trainer.step(batch, RATES)),
    peer: async () => theirs(await peer.ask(command)),
  });
  return {
    preset,
    what: `training step (${optimizer})`,
    batch: n,
    ...comparison(times),
    target: `≤ ${target}`,
    "largest difference": difference.toExponential(1),
    "of the gradient norm": normDifference.toExponential(1),
  };
}

const MEASURES = [
  { name: "inference", run: measureInference },
  { name: "training", run: measureTraining },
];

{
  await using peer = await TorchPeer.start(threads);
  printSurroundings(threads, peer?.title ?? "no PyTorch");
  if (peer) {
    const table: Row[] = [];
    for (const preset of presets as Preset[]) {
      const config = parseDaeConfig(PRESETS[preset]);
      const weights = lively(config, new Random("engine weights"));
      const { parameters } = await peer.ask<{ parameters: number }>({
        do: "load",
        config,
        weights: await peer.send("weights", weights),
      });
      if (parameters !== parameterCount(daeParameters(config))) {
        throw new Error(`PyTorch counts ${parameters} parameters`);
      }
      for (const measure of MEASURES.filter(({ name }) => flags.what.split(",").includes(name))) {
        const row = await measure.run(peer, config, weights, preset);
        console.log(`${row.preset}, ${row.what}: ratio ${row.ratio}`);
        table.push(row);
      }
    }
    console.table(table);
    console.log(
      `Medians of rounds in which both sides take turns, ours on ${provider}, eager PyTorch, f32, ${
        flags.cpu ? "processor time" : "time of the clock"
      }. Largest difference: of the outputs, or ` +
        `of the losses of ${COMPARED_STEPS} steps, relative, before timing.`,
    );
  }
}
