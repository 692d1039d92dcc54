/**
 * What a path of five frames of a volume costs, from the image to the graded frames: time of the clock and of the processor, and peak
 * memory. At 32³ with the model that comes along, at 64³ with untrained weights, whose speed is the same.
 *
 *     deno task bench volumes --sides 32,64 --evaluations 20
 *     deno task bench engine --presets tiny32v --what training     (the training step beside PyTorch)
 */

import { parseArgs } from "node:util";
import { type Codes, Random, takeRows, tensor } from "@countergrade/countergrade";
import { parseDaeConfig, PRESETS } from "@countergrade/countergrade/engine";
import { DaeEncoder, readModel } from "../../plugins/encoders/dae/model.ts";
import { lively } from "../peer/equality.ts";
import { timedOnCpu } from "../peer/interleave.ts";

const FRAMES = 5;
const SHIPPED = new URL("../../plugins/models/vertebra32v/", import.meta.url);
/** What the figures shall be, by the length of an edge. */
const TARGETS: Record<string, { seconds: number; gigabytes?: number }> = {
  32: { seconds: 15 },
  64: { seconds: 60, gigabytes: 4 },
};

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    sides: { type: "string", default: "32,64" },
    evaluations: { type: "string", default: "20" },
    threads: { type: "string", default: "2" },
    /** Of the process of one size. */
    only: { type: "string" },
  },
});

if (flags.only) await measure(flags.only);
else {
  console.log("| edge | seconds | of processor time | peak memory, MB | target |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const side of flags.sides.split(",")) {
    // A process each: peaks do not fall.
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", import.meta.url, "--only", side, ...Deno.args],
    }).spawn().status;
    if (code) Deno.exit(code);
  }
}

async function modelOf(side: string) {
  if (side === "32") {
    for await (const { name } of Deno.readDir(SHIPPED)) {
      if (name.endsWith(".model.safetensors")) {
        return readModel(await Deno.readFile(new URL(name, SHIPPED)));
      }
    }
  }
  const config = parseDaeConfig(side === "32" ? PRESETS.tiny32v : PRESETS.small64v);
  return { config, weights: lively(config, new Random("volumes")), facts: {} };
}

async function measure(side: string): Promise<void> {
  await using encoder = new DaeEncoder(await modelOf(side), Number(flags.threads));
  const shape = encoder.imageShape;
  const count = shape.reduce((a, b) => a * b, 1);
  const image = tensor([1, ...shape], new Random(1).normals(count).map(Math.tanh));
  const evaluations = Number(flags.evaluations);
  const sampler = {
    name: "dpm-solver",
    inversionSteps: evaluations,
    renderSteps: evaluations,
  };
  const path = async () => {
    const code = await encoder.encode(image);
    const noise = await encoder.encodeStochastic(image, code, { sampler });
    // The reconstruction and five edits, as a path renders them.
    const codes: Codes = takeRows(code, new Int32Array(FRAMES + 1));
    const frames = await encoder.render(
      { codes, noise: takeRows(noise, new Int32Array(FRAMES + 1)) },
      { sampler },
    );
    await encoder.encode(frames);
  };
  const started = performance.now();
  const cpu = await timedOnCpu(path);
  const seconds = (performance.now() - started) / 1000;
  const { seconds: most, gigabytes } = TARGETS[side] ?? { seconds: Infinity };
  const target = `≤ ${most} s${gigabytes ? `, ≤ ${gigabytes} GB` : ""}`;
  const cells = [
    `${side}³`,
    seconds.toFixed(1),
    (cpu / 1000).toFixed(1),
    await peakMegabytes(),
    target,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

/** The most memory that this process has had, in MB; unknown where the system does not say. */
async function peakMegabytes(): Promise<string> {
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  const [, kilobytes] = status.match(/^VmHWM:\s+(\d+) kB/m) ?? [];
  return kilobytes ? (Number(kilobytes) / 1024).toFixed(0) : "–";
}
