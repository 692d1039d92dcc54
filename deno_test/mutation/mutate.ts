/**
 * Would the tests notice? Puts one small fault after the other into a copy of the repository and runs the tests of its file:
 *
 *     deno task mutate core/linear/penalty.ts [FILE…] [--tests PATH]… [--sample N]
 *
 * Faults that no test notices are printed with their line. The tests are those that mirror the file or import it, or `--tests`.
 */

import { stripTypeScriptTypes } from "node:module";
import { parseArgs } from "node:util";
import { Random } from "@countergrade/countergrade";
import { importsOf, root, sourceFiles, textOf } from "../source_files.ts";
import { type Mutant, mutantsOf, withMutant } from "./mutants.ts";

/** The text of a script without its types; everything stands where it stood, but for scripts with properties as parameters. */
export function withoutTypes(code: string): string {
  try {
    return stripTypeScriptTypes(code);
  } catch {
    return stripTypeScriptTypes(code, { mode: "transform" });
  }
}

/** The tests of a file: those at its mirrored place, and those that import it. */
export async function testsOf(file: string): Promise<string[]> {
  const tests = (await sourceFiles(["_test.ts"])).filter((path) => path.startsWith("deno_test/"));
  const mirrored = `deno_test/${file.replace(/\.tsx?$/, "")}_test.ts`;
  const found: string[] = [];
  for (const path of tests) {
    const imports = importsOf(path, await textOf(path)).map(({ target }) => target);
    if (path === mirrored || imports.includes(file)) found.push(path);
  }
  if (found.length) return found;
  // Nobody names it: the tests of its room.
  const folder = `deno_test/${file.slice(0, file.lastIndexOf("/") + 1)}`;
  return tests.filter((path) => path.startsWith(folder));
}

/** Nothing is checked, installed or asked for: a fault after the other takes little more than its tests. */
const TEST = ["test", "--allow-all", "--no-check", "--node-modules-dir=manual", "--fail-fast"];

/** A copy of the repository, to be broken. */
class Copy implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Copy> {
    const folder = await Deno.makeTempDir({ prefix: "mutants" });
    const all = new Deno.Command("git", {
      args: ["ls-files", "--cached", "--others", "--exclude-standard"],
      cwd: root,
    });
    const { stdout } = await all.output();
    for (const path of new TextDecoder().decode(stdout).trim().split("\n")) {
      await Deno.mkdir(`${folder}/${path.slice(0, path.lastIndexOf("/") + 1)}`, {
        recursive: true,
      });
      await Deno.copyFile(new URL(path, root), `${folder}/${path}`).catch(() => {});
    }
    await Deno.symlink(new URL("node_modules", root).pathname, `${folder}/node_modules`);
    return new Copy(folder);
  }

  /** Puts `code` in place of a file. */
  write(file: string, code: string): Promise<void> {
    return Deno.writeTextFile(`${this.folder}/${file}`, code);
  }

  /** Runs tests with `code` in place of a file, to the first failure. */
  async test(file: string, code: string, tests: readonly string[], limit: number) {
    await this.write(file, code);
    const start = performance.now();
    const process = new Deno.Command(Deno.execPath(), {
      args: [...TEST, ...tests],
      cwd: this.folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    let late = false;
    const timer = setTimeout(() => (late = true, process.kill("SIGKILL")), limit);
    const { success, stdout, stderr } = await process.output();
    clearTimeout(timer);
    const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const ms = performance.now() - start;
    return { end: late ? "hangs" : success ? "passes" : "fails", ms, printed } as const;
  }

  async [Symbol.asyncDispose]() {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** How the faults of a file ended. */
interface Score {
  readonly noticed: number;
  readonly hung: number;
  readonly survivors: readonly Mutant[];
}

async function scoreOf(
  file: string,
  copies: readonly Copy[],
  asked: readonly string[],
  sample?: number,
): Promise<Score> {
  const code = withoutTypes(await textOf(file));
  const all = mutantsOf(code);
  const chosen = sample === undefined
    ? all
    : Array.from(new Random(file).permutation(all.length).subarray(0, sample), (at) => all[at]);
  const tests = asked.length ? asked : await testsOf(file);
  console.log(`${file}: ${chosen.length} of ${all.length} faults, tests ${tests.join(" ")}`);
  const whole = await copies[0].test(file, code, tests, 600_000);
  if (whole.end !== "passes") throw new Error(`Its tests fail without a fault:\n${whole.printed}`);
  const limit = 10_000 + 5 * whole.ms;
  const waiting = [...chosen];
  const [ends, survivors]: [string[], Mutant[]] = [[], []];
  await Promise.all(copies.map(async (copy) => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const { end } = await copy.test(file, withMutant(code, mutant), tests, limit);
      ends.push(end);
      if (end !== "passes") continue;
      survivors.push(mutant);
      const piece = code.slice(mutant.start, mutant.end).replaceAll(/\s+/g, " ").slice(0, 60);
      console.log(`  nobody notices ${file}:${mutant.line}: ${mutant.what}   ${piece}`);
    }
  }));
  for (const copy of copies) await copy.write(file, await textOf(file));
  const hung = ends.filter((end) => end === "hangs").length;
  return { noticed: ends.length - survivors.length, hung, survivors };
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals: files } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { tests: { type: "string", multiple: true }, sample: { type: "string" } },
  });
  if (!files.length) {
    console.error("Name the files to put faults into: deno task mutate core/linear/penalty.ts");
    return 2;
  }
  await using first = await Copy.make();
  await using second = await Copy.make();
  let [noticed, made] = [0, 0];
  for (const file of files) {
    const sample = values.sample === undefined ? undefined : Number(values.sample);
    const score = await scoreOf(file, [first, second], values.tests ?? [], sample);
    const all = score.noticed + score.survivors.length;
    console.log(`  ${score.noticed} of ${all} noticed, ${score.hung} of them by hanging`);
    noticed += score.noticed;
    made += all;
  }
  console.log(`${noticed} of ${made} faults noticed (${Math.round(100 * noticed / made)} %)`);
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
