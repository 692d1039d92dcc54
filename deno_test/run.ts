/**
 * Runs all tests in parts, several at a time, the longest first, and checks the types once for all; with `--shuffle=SEED` the files of
 * each part, and the tests of each file, in another order. With other arguments, what they say in one process:
 * `deno task test deno_test/core/formats/npz_test.ts`.
 */

import { root, sourceFiles } from "./source_files.ts";

const TEST = ["test", "--allow-all", "--preload=deno_test/preload.ts"];

/** Folders of tests that share a process, and about how many seconds of processor time they take. */
const PARTS: readonly (readonly [seconds: number, ...folders: string[]])[] = [
  [110, "deno_test/plugins"],
  [85, "deno_test/core"],
  [80, "deno_test/server/page"],
  [70, "deno_test/server/http"],
  [65, "deno_test/plugins/encoders"],
  [55, "deno_test/core/nn", "deno_test/core/graph"],
  [50, "deno_test/server/cli", "deno_test/server/scaffold"],
  [50, "deno_test/chain", "deno_test/conformance"],
  [45, "deno_test/server"],
  [45, "deno_test"],
  [35, "deno_test/plugins/models"],
  [25, "deno_test/examples"],
];

/** A process that takes longer is ended: something outside of all tests, which have deadlines, stands still. */
const LIMIT = 30 * 60_000;

/** What Deno says at the end: `ok | 32 passed (42 steps) | 0 failed | 1 ignored (12s)`. */
interface Summary {
  readonly passed: number;
  readonly steps: number;
  readonly failed: number;
  readonly ignored: number;
}

/** The numbers of the last summary in what a process printed; none where it did not come so far. */
export function summaryOf(printed: string): Summary | undefined {
  // deno-lint-ignore no-control-regex -- colors
  const plain = printed.replaceAll(/\x1b\[[\d;]*m/g, "");
  const line = plain.split("\n").findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line));
  if (line === undefined) return undefined;
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0);
  return {
    passed: count("passed"),
    steps: count("steps?"),
    failed: count("failed"),
    ignored: count("ignored"),
  };
}

/** One process: its arguments, and about how long it takes. */
export interface Part {
  readonly name: string;
  readonly seconds: number;
  readonly args: readonly string[];
  /** The files of tests that it loads as one: what they import is read once. */
  readonly files?: readonly string[];
}

/** The folder of `PARTS` that a file belongs to: the innermost around it. */
function folderOf(file: string): string {
  const around = PARTS.flatMap(([, ...folders]) => folders)
    .filter((folder) => file.startsWith(`${folder}/`));
  return around.reduce((a, b) => a.length > b.length ? a : b);
}

/** All processes, the longest first: together they check every type and run every test once, with `flags` of `deno test`. */
export async function parts(flags: readonly string[] = []): Promise<Part[]> {
  const found = await sourceFiles(["_test.ts", "_test.tsx"]);
  const files = Map.groupBy(found.filter((file) => file.startsWith("deno_test/")), folderOf);
  const named = PARTS.map(([seconds, ...folders]): Part => ({
    name: folders.join(" "),
    seconds,
    args: [...TEST, ...flags, "--no-check"],
    files: folders.flatMap((folder) => files.get(folder) ?? []),
  }));
  return [
    ...named,
    {
      name: "examples in comments and documents",
      seconds: 30,
      args: [...TEST, ...flags, "--no-check", "--doc", "--ignore=deno_test"],
    },
    { name: "types", seconds: 20, args: ["check", "--doc", "--quiet"] },
  ].sort((a, b) => b.seconds - a.seconds);
}

/** How a part ended. */
interface End {
  readonly good: boolean;
  readonly summary?: Summary;
}

/** Runs one part to its end and prints what it printed as a whole. */
async function run({ name, args, files }: Part, beside: number): Promise<End> {
  const start = performance.now();
  const folder = await Deno.makeTempDir();
  const entry = `${folder}/all_test.ts`;
  // One after the other: what files set up before their tests would else be in each other's way.
  const lines = files?.map((file) => `await import("${new URL(file, root)}");\n`);
  if (lines) await Deno.writeTextFile(entry, lines.join(""));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: lines ? [...args, entry] : [...args],
    cwd: root,
    stdin: "null",
    env: { COUNTERGRADE_TESTS_BESIDE: String(beside) },
    signal: AbortSignal.timeout(LIMIT),
  }).output();
  await Deno.remove(folder, { recursive: true });
  const tests = args[0] === "test";
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const summary = tests ? summaryOf(printed) : undefined;
  const good = code === 0 && (!tests || summary !== undefined);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`\n## ${name}: ${good ? "ok" : "FAILED"} (${seconds}s)\n${printed.trimEnd()}`);
  return { good, summary };
}

/** Runs all parts, one more at a time than there are cores, since half of the time they wait for others; five at most. */
async function runAll(waiting: Part[]): Promise<End[]> {
  const ends: End[] = [];
  const lane = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      ends.push(await run(part, lanes));
    }
  };
  const lanes = Math.min(5, 1 + navigator.hardwareConcurrency);
  await Promise.all(Array.from({ length: lanes }, lane));
  return ends;
}

async function main(args: readonly string[]): Promise<number> {
  await new Deno.Command(Deno.execPath(), { args: ["install", "--quiet"], cwd: root }).output();
  const shuffle = args.filter((arg) => /^--shuffle(=\d+)?$/.test(arg));
  if (args.length > shuffle.length) {
    const asked = [...TEST, "--doc", ...args];
    return (await new Deno.Command(Deno.execPath(), { args: asked }).spawn().status).code;
  }
  const start = performance.now();
  const ends = await runAll(await parts(shuffle));
  const good = ends.every(({ good }) => good);
  const sum = (of: keyof Summary) =>
    ends.reduce((sum, { summary }) => sum + (summary?.[of] ?? 0), 0);
  const time = `${Math.round((performance.now() - start) / 1000)}s`;
  console.log(
    `\n${good ? "ok" : "FAILED"} | ${sum("passed")} passed (${sum("steps")} steps) | ${
      sum("failed")
    } failed | ${sum("ignored")} ignored (${time})`,
  );
  return good ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
