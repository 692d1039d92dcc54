/** Whether a hostile ONNX model makes the runtime open a file: mutated models, in a folder of baits, traced by strace. */

import { parseArgs } from "node:util";
import { baitFolder } from "../onnx/baits.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    mode: { type: "string", default: "checked" },
    trace: { type: "boolean", default: Deno.build.os === "linux" },
  },
  allowNegative: true,
});
/** What a process gives that was ended by the watchdog. */
const KILLED = 128 + 9;

const { count, seed, mode, trace } = flags;
const script = new URL("../onnx/run_models.ts", import.meta.url).pathname;
const config = new URL("../../deno.json", import.meta.url).pathname;

if (trace && !await hasStrace()) {
  console.error(
    "There is no strace here; --no-trace goes without, and then only what leaks is found",
  );
  Deno.exit(2);
}

const folder = await baitFolder();
const notes = await Deno.makeTempDir();
const [place, log] = [`${notes}/place`, `${notes}/trace`];
const total: Record<string, number> = { crashed: 0, endless: 0 };
const opened: string[] = [];
const began = performance.now();
try {
  let from = 0;
  while (from < Number(count)) from = await batch(from);
} finally {
  await Deno.remove(folder, { recursive: true });
  await Deno.remove(notes, { recursive: true });
}
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ mode, count, seed, seconds: Math.round(seconds), ...total }));
if (trace) console.log(`baits opened: ${opened.length}${opened.length ? `\n${opened[0]}` : ""}`);
// The controls are there to be caught.
if (mode === "checked" && (total.leaked || total.crashed || opened.length)) Deno.exit(1);

async function hasStrace(): Promise<boolean> {
  try {
    return (await new Deno.Command("strace", { args: ["-V"], stdout: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Runs models in a process of their own; returns where to go on, behind the one that ended it. */
async function batch(from: number): Promise<number> {
  const size = Math.min(1000, Number(count) - from);
  const words = ["run", "-A", "--no-lock", "--config", config, script];
  const command = [Deno.execPath(), ...words, mode, String(from), String(size), seed, place];
  const tracer = ["strace", "-f", "-qq", "-e", "trace=open,openat,openat2,creat", "-o", log];
  const [name, ...args] = trace ? [...tracer, ...command] : command;
  const { code, stderr } = await new Deno.Command(name, { args, cwd: folder }).output();
  if (trace) await readTrace();
  const { at, counts } = JSON.parse(await Deno.readTextFile(place));
  for (const [fate, n] of Object.entries<number>(counts)) total[fate] = (total[fate] ?? 0) + n;
  if (code === 0) return at;
  const reason = new TextDecoder().decode(stderr).trim().split("\n")[0];
  console.error(`model ${at} of seed ${seed} ended the process with code ${code}: ${reason}`);
  total[code === KILLED ? "endless" : "crashed"]++;
  return at + 1;
}

/** Whatever was opened below the folder of baits, by an absolute path or one that begins at the working folder. */
async function readTrace(): Promise<void> {
  for (const line of (await Deno.readTextFile(log)).split("\n")) {
    const [, path] = /(?:open|creat|openat2?)\((?:AT_FDCWD, )?"([^"]*)"/.exec(line) ?? [];
    if (path === undefined || /countergrade-bait-[^/]*$/.test(path)) continue;
    if (path.includes("countergrade-bait-") || !path.startsWith("/")) opened.push(line);
  }
}
