/** Where the time goes: milliseconds per op, and the slowest nodes with their layers and shapes, of one training step or one evaluation of the U-Net. */

import { parseArgs } from "node:util";
import { Random, type Tensor, tensor } from "@countergrade/countergrade";
import {
  constantSource,
  type DaeConfig,
  daeParameters,
  denoiserNetwork,
  flatten,
  Graph,
  linearSchedule,
  parseDaeConfig,
  PRESETS,
  Session,
  type SessionOptions,
  startState,
  Trainer,
} from "@countergrade/countergrade/engine";
import { lively, randomBatch } from "../peer/equality.ts";
import { rounded } from "../peer/interleave.ts";
import { printSurroundings } from "../peer/surroundings.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    preset: { type: "string", default: "tiny64" },
    what: { type: "string", default: "training" },
    batch: { type: "string", default: "8" },
    runs: { type: "string", default: "5" },
    threads: { type: "string", default: "1" },
    nodes: { type: "string", default: "12" },
  },
});

/** Runs of a compiled graph; the session is closed at the end, which writes the trace. */
type Work = (config: DaeConfig, n: number, runs: number, options: SessionOptions) => Promise<void>;

/** What can be looked at. */
const WORK: Record<string, Work> = {
  async training(config, n, runs, options) {
    const weights = flatten(lively(config, new Random("profile")), daeParameters(config));
    const schedule = linearSchedule(config.noiseSteps, ...config.betas);
    await using trainer = await Trainer.create(config, schedule, n, startState(weights), options);
    const batch = randomBatch(config, n, new Random("profile batch"));
    const rates = { learningRate: 1e-4, emaDecay: 0.999, maxGradientNorm: 1 };
    for (let i = 0; i < runs; i++) await trainer.step(batch, rates);
  },
  async inference(config, n, runs, options) {
    const { images: x, times: t } = randomBatch(config, n, new Random("profile batch"));
    const z = tensor([n, config.codeSize], new Float32Array(n * config.codeSize).fill(0.5));
    const feeds: Record<string, Tensor> = { x, t, z };
    const graph = new Graph();
    const source = constantSource(graph, lively(config, new Random("profile")));
    const input = (name: string) => graph.input(name, feeds[name].shape);
    const prediction = denoiserNetwork(config, source, input("x"), input("t"), input("z"));
    graph.output("prediction", prediction);
    await using session = await Session.compile(graph, { dynamicBatch: true, ...options });
    for (let i = 0; i < runs; i++) await session.run(feeds);
  },
};

/** One event of onnxruntime's trace, as far as it is read here; times in µs. */
interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { op_name?: string; input_type_shape?: Record<string, number[]>[] };
}

/** A node of the compiled graph with the least of its times: what else runs on the machine only adds. */
interface TimedNode {
  readonly op: string;
  readonly name: string;
  readonly shapes: string;
  readonly ms: number;
}

/** Times of all nodes, the first run left out. */
function nodesOf(events: readonly TraceEvent[]): TimedNode[] {
  const byName = Map.groupBy(
    events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time")),
    ({ name }) => name.slice(0, -"_kernel_time".length),
  );
  return [...byName].map(([name, runs]) => {
    const { op_name: op = "", input_type_shape: inputs = [] } = runs[0].args ?? {};
    const shapes = inputs.map((input) => Object.values(input)[0].join("×")).join(" ");
    const times = runs.slice(1).map(({ dur }) => dur / 1000);
    return { op, name, shapes, ms: Math.min(...times) };
  });
}

{
  const preset = PRESETS[flags.preset as keyof typeof PRESETS];
  const work = Object.hasOwn(WORK, flags.what) ? WORK[flags.what] : undefined;
  if (!preset || !work) {
    const known = `presets ${Object.keys(PRESETS).join(", ")}; what: ${Object.keys(WORK)}`;
    console.error(`There is no ${flags.what} of ${flags.preset}; known: ${known}`);
    Deno.exit(2);
  }
  const threads = Number(flags.threads);
  printSurroundings(threads);
  const folder = await Deno.makeTempDir();
  try {
    const options = { threads, traceTo: `${folder}/trace` };
    await work(parseDaeConfig(preset), Number(flags.batch), Number(flags.runs) + 1, options);
    const [file] = await Array.fromAsync(Deno.readDir(folder));
    const nodes = nodesOf(JSON.parse(await Deno.readTextFile(`${folder}/${file.name}`)));
    const total = nodes.reduce((sum, { ms }) => sum + ms, 0);
    const share = (ms: number) => `${(100 * ms / total).toFixed(1)} %`;
    const byOp = [...Map.groupBy(nodes, ({ op }) => op)].map(([op, group]) => {
      const ms = group.reduce((sum, node) => sum + node.ms, 0);
      return { op, nodes: group.length, ms, share: share(ms) };
    });
    console.log(
      `${flags.preset}, ${flags.what}, batch ${flags.batch}: ${rounded(total)} ms in all nodes`,
    );
    const slowest = <T extends { ms: number }>(rows: readonly T[]) =>
      rows.toSorted((a, b) => b.ms - a.ms).map((row) => ({ ...row, ms: rounded(row.ms) }));
    console.table(slowest(byOp));
    console.table(slowest(nodes).slice(0, Number(flags.nodes)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
