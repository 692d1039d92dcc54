/** The command line as its users meet it: a process with arguments, two streams and an exit code. */

import { Workspace } from "@countergrade/countergrade/jobs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until } from "../../until.ts";
import { printed } from "./printed.ts";

const cli = new URL("../../../server/cli/main.ts", import.meta.url).pathname;
const toys = new URL("../../toy_tasks.ts", import.meta.url).pathname;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

class Shell implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async open(): Promise<Shell> {
    return new Shell(await Deno.makeTempDir());
  }

  get home(): string {
    return `${this.folder}/home`;
  }

  spawn(...args: string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", "--no-lock", "--no-check", cli, ...args],
      env: { COUNTERGRADE_HOME: this.home, COUNTERGRADE_PLUGINS: toys },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async run(...args: string[]): Promise<Ended> {
    return await ended(this.spawn(...args));
  }

  /** The same in this process, which is quicker, for what a process of its own would not show. */
  async here(...args: string[]): Promise<Ended> {
    const flags = ["--home", this.home, "--plugins", toys];
    const { code, text, complaint } = await printed([...args, ...flags]);
    return { code, stdout: text, stderr: complaint };
  }

  async [Symbol.asyncDispose]() {
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Resolves when the newest job of the shell's home has written `count` events. */
async function told(shell: Shell, count: number): Promise<void> {
  await until(async () => {
    const there = await Deno.stat(`${shell.home}/countergrade.db`).catch(() => undefined);
    if (!there) return false;
    // Joined as another owner: this test must not reclaim what it looks at.
    await using workspace = await Workspace.open(shell.home, { owner: "test" });
    const { jobs, events } = workspace.store;
    const [job] = (await jobs.list()).items;
    return job !== undefined && await events.count(job.id) >= count;
  });
}

Deno.test("--json prints one JSON object on stdout and nothing else", async () => {
  await using shell = await Shell.open();
  const { code, stdout, stderr } = await shell.run(
    "count-up",
    "--steps",
    "3",
    "--seed=4",
    "--json",
  );
  assertEquals([code, stderr], [0, ""]);
  const result = JSON.parse(stdout);
  assertEquals(Object.keys(result), ["sum", "from", "tally"]);
  const again = await shell.here("count-up", "--json", "--seed", "4", "--steps=3");
  assertEquals(`${again.stdout}\n`, stdout);
});

Deno.test("human output shows progress on stderr and the result on stdout", async () => {
  await using shell = await Shell.open();
  const { code, stdout, stderr } = await shell.run("count-up", "--steps", "3");
  assertEquals([code, JSON.parse(stdout).from], [0, 0]);
  assertStringIncludes(stderr, "100 %  3/3");
});

Deno.test("a wrong command line exits with 2 and says what is right", async () => {
  await using shell = await Shell.open();
  const cases: [args: string[], text: string][] = [
    [["paint"], "known: count-up"],
    [["coun-up"], "(Did you mean count-up?)"],
    [["count-up", "--stepz", "3"], "Unknown option '--stepz'\n(Did you mean --steps?)"],
    [["count-up", "--steps", "many"], "--steps expects a whole number"],
    [["count-up", "--steps", "0"], "steps"],
    [["file-size"], "file-size needs --file"],
    [["count-up", "--data", "/no/such/folder"], "--data expects a folder"],
    [["count-up", "--provider", "gpu"], "'gpu' is invalid. Allowed choices are auto, cpu, webgpu"],
    [["count-up", "--models", "/no/such/folder"], "--models expects a folder"],
  ];
  for (const [args, text] of cases) {
    const { code, stdout, stderr } = await shell.here(...args);
    assertEquals([args[0], code, stdout], [args[0], 2, ""]);
    assertStringIncludes(stderr, text);
  }
  const { code, stdout } = await shell.here("paint", "--json");
  assertEquals([code, JSON.parse(stdout).error.code], [2, "BAD_INPUT"]);
});

Deno.test("a failing task exits with 1; a bug is masked on stdout and told on stderr", async () => {
  await using shell = await Shell.open();
  const bug = await shell.here("fail", "--how", "bug", "--json");
  assertEquals([bug.code, JSON.parse(bug.stdout).error], [1, {
    code: "INTERNAL",
    message: "Internal error",
  }]);
  assertStringIncludes(bug.stderr, "secret text");
  const input = await shell.here("fail", "--how", "input");
  assertEquals([input.code, input.stdout, input.stderr], [1, "", "Cannot use c: too small"]);
});

Deno.test("help is there for the command and for every sub-command", async () => {
  await using shell = await Shell.open();
  const overview = await shell.here("--help");
  assertEquals(overview.code, 0);
  for (const text of ["count-up", "file-size", "serve", "--home DIR"]) {
    assertStringIncludes(overview.stdout, text);
  }
  const help = await shell.here("choose-probe", "--help");
  assertEquals(help.code, 0);
  for (
    const text of ["--probe NAME|JSON", "default flat", "--[no-]noisy", "fast|exact", "--c NUMBER"]
  ) {
    assertStringIncludes(help.stdout, text);
  }
  const empty = await shell.here();
  assertEquals([empty.code, empty.stdout], [2, overview.stdout]);
  assert(await Deno.stat(shell.home).then(() => false, () => true), "help leaves no home folder");
});

Deno.test("--out copies the files of the result: one to the path, or into a folder", async () => {
  await using shell = await Shell.open();
  const path = `${shell.folder}/new/sum.txt`;
  const { stdout } = await shell.here("count-up", "--out", path, "--json");
  const { sum, files } = JSON.parse(stdout);
  assertEquals(files, [path]);
  assertEquals(Number(await Deno.readTextFile(path)), sum);
  await shell.here("count-up", "--out", shell.folder);
  assertEquals(Number(await Deno.readTextFile(`${shell.folder}/sum.txt`)), sum);
  const none = await shell.here("chatter", "--events", "1", "--out", path);
  assertEquals(none.code, 1);
  assertStringIncludes(none.stderr, "no files");
});

Deno.test("kill -9, then the same command: it goes on from the checkpoint, to the same result", async () => {
  await using shell = await Shell.open();
  const command = ["count-up", "--steps", "60", "--delay", "15", "--json"];
  const child = shell.spawn(...command);
  await told(shell, 6);
  child.kill("SIGKILL");
  const killed = await ended(child);
  assertEquals([killed.code, killed.stdout], [137, ""]);
  const resumed = await shell.run(...command);
  assertEquals(resumed.code, 0);
  const result = JSON.parse(resumed.stdout);
  assert(result.from >= 4 && result.from < 60, `resumed from step ${result.from}`);

  await using workspace = await Workspace.open(shell.home);
  const { items } = await workspace.store.jobs.list();
  assertEquals(items.map(({ state, result }) => [state, result]), [["done", result]]);
  const events = await workspace.store.events.read(items[0].id, 0);
  const numbers = events.map(({ number }) => number);
  assertEquals(numbers, numbers.map((_, i) => i + 1));
  await workspace.close();

  const whole = JSON.parse((await shell.here(...command, "--fresh")).stdout);
  assertEquals([whole.from, whole.sum, whole.tally], [0, result.sum, result.tally]);
});

Deno.test("Ctrl-C cancels and keeps the checkpoint; the same command goes on", async () => {
  await using shell = await Shell.open();
  const command = ["count-up", "--steps", "60", "--delay", "15", "--json"];
  const child = shell.spawn(...command);
  await told(shell, 6);
  child.kill("SIGINT");
  const cancelled = await ended(child);
  assertEquals([cancelled.code, JSON.parse(cancelled.stdout).error.code], [1, "CANCELLED"]);
  const { code, stdout } = await shell.run(...command);
  assertEquals(code, 0);
  assert(JSON.parse(stdout).from >= 4);
});

Deno.test("SIGTERM gives the job back instead of cancelling it", async () => {
  await using shell = await Shell.open();
  const child = shell.spawn("count-up", "--steps", "60", "--delay", "15");
  await told(shell, 6);
  child.kill("SIGTERM");
  const { code, stderr } = await ended(child);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Interrupted");
  await using workspace = await Workspace.open(shell.home);
  const { items } = await workspace.store.jobs.list();
  assertEquals(items.map(({ state }) => state), ["queued"]);
});

Deno.test("a second process follows the job that the first one runs", async () => {
  await using shell = await Shell.open();
  const command = ["count-up", "--steps", "60", "--delay", "15", "--json"];
  const first = shell.spawn(...command);
  await told(shell, 4);
  const second = await shell.run(...command);
  assertEquals(second, await ended(first));
  assertEquals(second.code, 0);
  await using workspace = await Workspace.open(shell.home);
  const { items } = await workspace.store.jobs.list();
  assertEquals(items.map(({ attempt }) => attempt), [1]);
});
