/**
 * Runs all tests in parts, several at a time, the longest first, and checks the types once for all; with `--shuffle=SEED` the files of
 * each part, and the tests of each file, in another order. With other arguments, what they say in one process:
 * `deno task test deno_test/core/formats/npz_test.ts`.
 */

const root = new URL("../", import.meta.url);
const TEST = ["test", "--allow-all", "--preload=deno_test/preload.ts"];

/** Folders and files of tests that share a process, and about how many seconds of processor time they take. */
const PARTS: readonly (readonly [seconds: number, ...paths: string[]])[] = [
  [110, "deno_test/server/page"],
  [90, "deno_test/core"],
  [75, "deno_test/plugins/encoders"],
  [70, "deno_test/server/http"],
  [65, "deno_test/plugins"],
  [60, "deno_test/server/cli", "deno_test/server/scaffold"],
  [50, "deno_test/server"],
  [45, "deno_test/plugins/models"],
  [45, "deno_test/chain", "deno_test/conformance"],
  [42, "deno_test/core/nn", "deno_test/core/graph"],
  [30, "deno_test/examples"],
];

/** What no part names: the tests that are left, and the examples in the source's comments. */
const REST = 50;

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
interface Part {
  readonly name: string;
  readonly seconds: number;
  readonly args: readonly string[];
  /** Whether it ends with a summary. */
  readonly tests: boolean;
}

/** All processes, the longest first: together they check every type and run every test once, with `flags` of `deno test`. */
export function parts(flags: readonly string[] = []): Part[] {
  const taken = PARTS.flatMap(([, ...paths]) => paths);
  /** What lies in `folders` and is a part of its own. */
  const apart = (folders: readonly string[]) => {
    const inside = taken.filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)));
    return inside.length ? [`--ignore=${inside}`] : [];
  };
  const named = PARTS.map(([seconds, ...paths]): Part => ({
    name: paths.join(" "),
    seconds,
    args: [...TEST, ...flags, "--no-check", ...apart(paths), ...paths],
    tests: true,
  }));
  return [
    ...named,
    {
      name: "all others",
      seconds: REST,
      args: [...TEST, ...flags, "--no-check", "--doc", `--ignore=${taken}`],
      tests: true,
    },
    { name: "types", seconds: 20, args: ["check", "--doc", "--quiet"], tests: false },
  ].sort((a, b) => b.seconds - a.seconds);
}

/** How a part ended. */
interface End {
  readonly good: boolean;
  readonly summary?: Summary;
}

/** Runs one part to its end and prints what it printed as a whole. */
async function run({ name, args, tests }: Part): Promise<End> {
  const start = performance.now();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    stdin: "null",
    signal: AbortSignal.timeout(LIMIT),
  }).output();
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const summary = tests ? summaryOf(printed) : undefined;
  const good = code === 0 && (!tests || summary !== undefined);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`\n## ${name}: ${good ? "ok" : "FAILED"} (${seconds}s)\n${printed.trimEnd()}`);
  return { good, summary };
}

/** Runs all parts, as many at a time as there are cores, four at most. */
async function runAll(waiting: Part[]): Promise<End[]> {
  const ends: End[] = [];
  const lane = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) ends.push(await run(part));
  };
  const lanes = Math.min(4, Math.max(2, navigator.hardwareConcurrency));
  await Promise.all(Array.from({ length: lanes }, lane));
  return ends;
}

async function main(args: readonly string[]): Promise<number> {
  const shuffle = args.filter((arg) => /^--shuffle(=\d+)?$/.test(arg));
  if (args.length > shuffle.length) {
    const asked = [...TEST, "--doc", ...args];
    return (await new Deno.Command(Deno.execPath(), { args: asked }).spawn().status).code;
  }
  // One after the other would install the packages; two at once would be in each other's way.
  await new Deno.Command(Deno.execPath(), { args: ["install", "--quiet"], cwd: root }).output();
  const start = performance.now();
  const ends = await runAll(parts(shuffle));
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
