/** Training steps on the provider beside PyTorch on the same device, eager and compiled: times, images per second, memory. */

import { type Provider, Random, type Tensor } from "@countergrade/countergrade";
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
import { lively, randomBatch } from "../peer/equality.ts";
import { interleaved, quantile, rounded, timed } from "../peer/interleave.ts";
import { TorchPeer } from "../peer/torch_peer.ts";
import { providerFlag, secondsFlag } from "./provider_flag.ts";

const rehearse = Deno.args.includes("--rehearse");
const provider = providerFlag();
const end = performance.now() + 1000 * secondsFlag();
const TINY = {
  ...PRESETS.tiny64,
  imageSize: 16,
  multipliers: [1, 1],
  encoderMultipliers: [1, 1],
  attention: [8],
};
type Row = Record<string, string | number>;

/** A configuration with a batch size; what comes first is what must not be missing when time runs out. */
interface Case {
  readonly preset: string;
  readonly config: DaeConfig;
  readonly batch: number;
  /** Whether PyTorch's compiler is measured too: it takes most of a minute. */
  readonly compiled: boolean;
}

function casesOf(): Case[] {
  if (rehearse) {
    const config = parseDaeConfig(TINY);
    return [{ preset: "tiny, a rehearsal", config, batch: 2, compiled: true }];
  }
  const presets = ["tiny64", "spider64", "retina128"] as const;
  const at = (batch: number, compiled: boolean) =>
    presets.map((preset) => ({ preset, config: parseDaeConfig(PRESETS[preset]), batch, compiled }));
  const [first, ...others] = at(128, true);
  const plain = others.map((one) => ({ ...one, compiled: false }));
  return [...plain, first, ...at(512, false), ...at(16, false), ...others];
}

const ROUNDS = rehearse ? 2 : 10;
const RATES = { learningRate: 1e-4, emaDecay: 0.999, maxGradientNorm: 1 };
/** PyTorch's own modes: TF32 in convolutions, its default; compiled; and with bfloat16 where it casts by itself. */
type Mode = "eager" | "compiled" | "bfloat16";

/** Where ours runs, each with the modes of PyTorch that it is held against. */
function sidesOf({ compiled }: Case): [Provider, Mode[]][] {
  const own: [Provider, Mode[]] = [provider, compiled ? ["eager", "compiled"] : ["eager"]];
  if (provider !== "torch:cuda" && provider !== "torch") return [own];
  return [own, [`${provider}:bfloat16`, ["eager", "bfloat16"]]];
}

/** Rows of one case on one provider, one for each mode of PyTorch; what fails is told instead. */
async function measure(
  peer: TorchPeer | undefined,
  { preset, config, batch: n }: Case,
  weights: Map<string, Tensor>,
  where: Provider,
  modes: readonly Mode[],
): Promise<Row[]> {
  const batch = randomBatch(config, n, new Random("gpu"));
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const start = startState(flatten(weights, daeParameters(config)));
  await using trainer = await Trainer.create(config, schedule, n, start, { provider: where });
  const ours = () => timed(() => trainer.step(batch, RATES));
  const { loss } = await trainer.step(batch, RATES);
  await ours();
  const alone: number[] = [];
  for (let round = 0; round < ROUNDS; round++) alone.push(await ours());
  const ms = quantile(alone, 0.5);
  const about: Row = {
    preset,
    batch: n,
    provider: where,
    "ours (ms)": rounded(ms),
    "images/s": Math.round(1000 * n / ms),
    GB: rounded(await memoryGb()),
    calls: trainer.calls ?? "–",
  };
  if (!peer) return [{ ...about, PyTorch: "none" }];
  const path = await peer.send("batch", [
    ["x", batch.images],
    ["noise", batch.noise],
    ["t", batch.times],
  ]);
  await peer.ask({ do: "inputs", path });
  await peer.ask({ do: "prepare_training", learningRate: RATES.learningRate });
  const rows: Row[] = [];
  for (const mode of modes) {
    if (performance.now() > end) break;
    const step = { do: "train", mode, emaDecay: RATES.emaDecay, maxGradientNorm: 1 };
    const theirs = () => peer.ask<StepFigures & { ms: number; gb: number }>(step);
    try {
      const first = await theirs();
      const { gb } = await theirs();
      const times = await interleaved(ROUNDS, { ours, peer: async () => (await theirs()).ms });
      const [mine, other] = [quantile(times.ours, 0.5), quantile(times.peer, 0.5)];
      rows.push({
        ...about,
        PyTorch: mode,
        "PyTorch (ms)": rounded(other),
        ratio: rounded(mine / other),
        "PyTorch GB": rounded(gb),
        // Only the first mode begins with the weights that ours began with.
        ...mode === modes[0] &&
          { "loss differs by": (Math.abs(loss - first.loss) / first.loss).toExponential(1) },
      });
    } catch (error) {
      rows.push({ ...about, PyTorch: mode, failure: reasonOf(error) });
    }
    console.log(JSON.stringify(rows.at(-1)));
  }
  return rows.length ? rows : [about];
}

/** Memory that this process has on the GPU, in GB; of a process on the CPU, what is resident. */
async function memoryGb(): Promise<number> {
  try {
    const { stdout } = await new Deno.Command("nvidia-smi", {
      args: ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"],
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    const own = lines.map((line) => line.split(",").map(Number)).find(([pid]) => pid === Deno.pid);
    // In a container the driver sees other numbers of processes.
    const [, mib] = own ?? lines.map((line) => line.split(",").map(Number))[0];
    return mib * 2 ** 20 / 1e9;
  } catch {
    return Deno.memoryUsage().rss / 1e9;
  }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, 300);
}

{
  await using peer = await TorchPeer.start(4, "gpu_peer.py");
  if (peer) console.log(peer.title, JSON.stringify(await peer.ask({ do: "device" })));
  const found: Row[] = [];
  for (const one of casesOf()) {
    if (performance.now() > end) {
      found.push({ preset: one.preset, batch: one.batch, failure: "no time was left" });
      continue;
    }
    const weights = lively(one.config, new Random(one.preset));
    for (const [where, modes] of sidesOf(one)) {
      // An out-of-memory of one case is a finding, not the end.
      try {
        const path = await peer?.send("weights", weights);
        if (peer) await peer.ask({ do: "load", config: one.config, weights: path });
        found.push(...await measure(peer, one, weights, where, modes));
      } catch (error) {
        const { preset, batch } = one;
        found.push({ preset, batch, provider: where, failure: reasonOf(error) });
        console.log(JSON.stringify(found.at(-1)));
      }
    }
  }
  console.log(JSON.stringify(found));
}
