/** The questions to a real GPU, one after the other: does WebGPU run, how fast is it beside PyTorch, does it train. */

import { parseArgs } from "node:util";
import { presentProviders } from "@countergrade/countergrade/engine";
import { RUN } from "./gpu/run.ts";
import { printSurroundings } from "./peer/surroundings.ts";

/** What a step found: columns of a table, one row or several. */
export type Found = Readonly<Record<string, string | number | boolean>>[];

/** A step as it goes into `gpu.json`. */
interface Step {
  readonly name: string;
  readonly seconds: number;
  readonly found?: Found;
  /** Why it failed: the end of what it said. */
  readonly failure?: string;
}

/** Scripts in `bench/gpu/`, in the order of the questions, and the flags that each takes. */
const STEPS: readonly [name: string, flags: (rehearse: boolean) => string[]][] = [
  ["agreement", () => []],
  ["network", (rehearse) => rehearse ? ["--rehearse"] : []],
  ["training", (rehearse) => rehearse ? ["--rehearse"] : []],
];

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    rehearse: { type: "boolean", default: false },
    steps: { type: "string", default: STEPS.map(([name]) => name).join() },
    provider: { type: "string", default: "webgpu" },
    /** Minutes after which a step is ended. */
    patience: { type: "string", default: "15" },
  },
});
const out = Deno.env.get("OUT") ?? "runs/gpu";

/** A process each: what a driver tears down takes one step along, not all. Its last line is what it found, as JSON. */
async function run(name: string, more: string[]): Promise<Step> {
  console.log(`\n# ${name}\n`);
  const script = new URL(`./gpu/${name}.ts`, import.meta.url).pathname;
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...RUN, script, "--provider", flags.provider, ...more],
    env: { OUT: out, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000 * Number(flags.patience));
  const [stdout, stderr, { code, signal }] = await Promise.all([
    shown(child.stdout),
    shown(child.stderr),
    child.status,
  ]);
  clearTimeout(timer);
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const found = foundIn(stdout);
  if (code === 0 && found) {
    console.table(found);
    return { name, seconds, found };
  }
  const failure = `${signal ?? `exit code ${code}`}: ${stderr.trim().slice(-1500)}`;
  console.log(`${name} failed after ${seconds} s with ${signal ?? `exit code ${code}`}; going on`);
  return { name, seconds, found, failure };
}

/** Passes a stream on to the console and keeps its text. */
async function shown(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    await Deno.stderr.write(bytes);
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}

function foundIn(stdout: string): Found | undefined {
  try {
    return JSON.parse(stdout.trim().split("\n").at(-1)!);
  } catch {
    return undefined;
  }
}

/** All steps as tables in Markdown. */
function tables(steps: readonly Step[]): string {
  return steps.map(({ name, seconds, found = [], failure }) => {
    const columns = [...new Set(found.flatMap((row) => Object.keys(row)))];
    const line = (cells: unknown[]) => `| ${cells.map((cell) => cell ?? "").join(" | ")} |`;
    const table = found.length
      ? [
        line(columns),
        line(columns.map(() => "---")),
        ...found.map((r) => line(columns.map((c) => r[c]))),
      ]
      : [];
    return [`## ${name} (${seconds} s)`, "", ...table, ...failure ? ["", `Failed: ${failure}`] : []]
      .join("\n");
  }).join("\n\n") + "\n";
}

/** What the adapter that Deno sees is called; onnxruntime does not tell which one it takes. */
async function adapter(): Promise<string> {
  const found = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" })
    .catch(() => null);
  if (!found) return "none";
  const { description, isFallbackAdapter } = found.info;
  return isFallbackAdapter ? `${description}, in software` : description;
}

if (import.meta.main) {
  printSurroundings("all");
  const [device, present] = [await adapter(), await presentProviders()];
  console.log(`adapter:  ${device}\nauto:     ${[...present, "cpu"].join(", ")}`);
  const steps: Step[] = [];
  if (!flags.rehearse && !present.length) {
    console.log("There is no graphics processor: --rehearse goes through the steps without one");
  } else {
    await Deno.mkdir(out, { recursive: true });
    for (const [name, more] of STEPS) {
      if (flags.steps.split(",").includes(name)) steps.push(await run(name, more(flags.rehearse)));
      const report = { date: new Date().toISOString(), device, present, ...flags, steps };
      // After each step: a machine that is taken back leaves what was found so far.
      await Deno.writeTextFile(`${out}/gpu.json`, JSON.stringify(report, null, 2));
      await Deno.writeTextFile(`${out}/table.md`, tables(steps));
    }
    console.log(`\n${out}/gpu.json, ${out}/table.md`);
  }
}
