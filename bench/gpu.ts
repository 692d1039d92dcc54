/** The questions to a real GPU, one after the other: does it compute the same, how fast is it beside PyTorch, does it train. */

import { parseArgs } from "node:util";
import { presentProviders } from "@countergrade/countergrade/engine";
import { RUN } from "./gpu/run.ts";
import { printSurroundings } from "./peer/surroundings.ts";

/** What a step found: columns of a table, one row or several. */
export type Found = Readonly<Record<string, string | number | boolean>>[];

/** A step as it goes into `gpu.json`. */
interface Step {
  readonly name: string;
  readonly provider: string;
  readonly seconds: number;
  readonly found?: Found;
  /** Why it failed: the end of what it said. */
  readonly failure?: string;
}

/** Scripts in `bench/gpu/`, in the order of the questions, with the share of the time that each gets. */
const STEPS: readonly [name: string, share: number][] = [
  ["agreement", 1],
  ["training", 2],
  ["network", 4],
];

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    rehearse: { type: "boolean", default: false },
    steps: { type: "string", default: STEPS.map(([name]) => name).join() },
    /** Where to compute, one after the other; rehearsed with PyTorch's library on the CPU. */
    provider: { type: "string" },
    /** Minutes for everything: a machine may be lent for no longer. */
    minutes: { type: "string", default: "4" },
  },
});
const out = Deno.env.get("OUT") ?? "runs/gpu";
const providers = (flags.provider ?? (flags.rehearse ? "torch,webgpu" : "torch:cuda,webgpu")).split(
  ",",
);
const deadline = performance.now() + 60_000 * Number(flags.minutes);
/** Beyond its share of the time a step may bring to an end what it has begun. */
const GRACE = 1.5;

/** A process each: what a driver tears down takes one step along, not all. Its last line is what it found, as JSON. */
async function run(name: string, provider: string, share: number): Promise<Step> {
  console.log(`\n# ${name}, ${provider}\n`);
  const left = Math.max(1, deadline - performance.now());
  const more = [
    ...["--provider", provider, "--seconds", String(Math.round(share * left / 1000))],
    ...flags.rehearse ? ["--rehearse"] : [],
  ];
  const script = new URL(`./gpu/${name}.ts`, import.meta.url).pathname;
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...RUN, script, ...more],
    env: { OUT: out, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), Math.min(left, GRACE * share * left));
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
    return { name, provider, seconds, found };
  }
  const failure = `${signal ?? `exit code ${code}`}: ${stderr.trim().slice(-1500)}`;
  console.log(`${name} failed after ${seconds} s with ${signal ?? `exit code ${code}`}; going on`);
  return { name, provider, seconds, found, failure };
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
  return steps.map(({ name, provider, seconds, found = [], failure }) => {
    const columns = [...new Set(found.flatMap((row) => Object.keys(row)))];
    const line = (cells: unknown[]) => `| ${cells.map((cell) => cell ?? "").join(" | ")} |`;
    const table = found.length
      ? [
        line(columns),
        line(columns.map(() => "---")),
        ...found.map((r) => line(columns.map((c) => r[c]))),
      ]
      : [];
    return [
      `## ${name}, ${provider} (${seconds} s)`,
      "",
      ...table,
      ...failure ? ["", `Failed: ${failure}`] : [],
    ]
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
    const asked = STEPS.filter(([name]) => flags.steps.split(",").includes(name));
    const all = providers.flatMap((provider) =>
      asked.map(([name, share]) => ({ name, provider, share }))
    );
    for (const [i, { name, provider, share }] of all.entries()) {
      const rest = all.slice(i).reduce((sum, step) => sum + step.share, 0);
      steps.push(await run(name, provider, share / rest));
      const report = { date: new Date().toISOString(), device, present, ...flags, steps };
      // After each step: a machine that is taken back leaves what was found so far.
      await Deno.writeTextFile(`${out}/gpu.json`, JSON.stringify(report, null, 2));
      await Deno.writeTextFile(`${out}/table.md`, tables(steps));
    }
    console.log(`\n${out}/gpu.json, ${out}/table.md`);
  }
}
