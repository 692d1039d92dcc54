/**
 * Runs all tests in two processes side by side, those of server and plugins, and all others;
 * with arguments, what they say in one: `deno task test deno_test/core/formats/npz_test.ts`.
 */

const root = new URL("../", import.meta.url);
const TEST = ["test", "--allow-all", "--doc"];

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

/** What each process is told beside {@linkcode TEST}: together they run everything once. */
const HALF = ["deno_test/server", "deno_test/plugins"];
const PARTS = [HALF, [`--ignore=${HALF}`]] as const;

/** Runs one part. What it prints is handed to `show` as it comes. */
async function run(part: readonly string[], show: (bytes: Uint8Array) => void) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...TEST, ...part],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let printed = "";
  const read = async (pipe: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of pipe) {
      printed += decoder.decode(bytes, { stream: true });
      show(bytes);
    }
  };
  const [{ code }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  return { code, summary: summaryOf(printed) };
}

function print(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

async function main(args: readonly string[]): Promise<number> {
  if (args.length) {
    return (await new Deno.Command(Deno.execPath(), { args: [...TEST, ...args] }).spawn().status)
      .code;
  }
  // One after the other would install the packages; two at once would be in each other's way.
  await new Deno.Command(Deno.execPath(), { args: ["install", "--quiet"], cwd: root }).output();
  const start = performance.now();
  const later: Uint8Array[] = [];
  const ends = await Promise.all([
    run(PARTS[0], print),
    run(PARTS[1], (bytes) => later.push(bytes)),
  ]);
  later.forEach(print);
  const good = ends.every(({ code, summary }) => code === 0 && summary);
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
