/** The process of an isolated plugin: whatever it does, it ends, and nothing of it is left. */

import {
  CancelledError,
  Host,
  loadPlugins,
  type PluginEntry,
  PluginError,
  type ProbePlugin,
  probes,
  Random,
  tensor,
} from "@countergrade/countergrade";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Isolate } from "../../../../core/host/isolation/isolate.ts";
import { until } from "../../../until.ts";
import { canSeeProcesses, isolatedProcesses, isThere } from "./isolated_processes.ts";

const faulty = new URL("./faulty_plugin.ts", import.meta.url).href;
const ignore = !canSeeProcesses;

async function boot(fit: string, limits: Partial<PluginEntry> = {}): Promise<Host> {
  const entry = { use: faulty, isolated: true, options: { fit }, ...limits };
  return await Host.boot(await loadPlugins([entry]));
}

const codes = tensor([2, 2], [1, 2, 3, 4]);

async function fit(host: Host, signal?: AbortSignal) {
  const scale = { type: "ordinal" as const, names: ["none", "mild", "severe"] };
  return await host.member<ProbePlugin>(probes, "faulty").fit(
    codes,
    Int32Array.of(0, 1),
    { c: 1 },
    { scale, threshold: 1, random: new Random(3), signal },
  );
}

for (
  const [what, said] of Object.entries({
    "awaited: loop": "fit() took longer than 1 s",
    "awaited: grow": "fit() took more than 150 MB of memory",
    "awaited: grow heap": "MB of memory",
    "awaited: crash": "fit() crashed (SIGKILL)",
  })
) {
  Deno.test({
    name: `what an isolated plugin does after an await ends with its process: ${what}`,
    ignore,
    async fn() {
      await using host = await boot(what, {
        megabytes: 150,
        ...(what.endsWith("loop") && { seconds: 1 }),
      });
      const [before] = isolatedProcesses();
      const error = await assertRejects(() => fit(host), PluginError, said);
      assert(error.message.startsWith('Plugin "faulty": '), error.message);
      await until(() => !isThere(before));
      assertEquals((await (await host.openDataset("noughts")).get("train", [0])).ids, ["0"]);
    },
  });
}

Deno.test("a call that never returns ends with its time, whether it computes or not", async () => {
  await using host = await boot("deaf", { seconds: 1 });
  await assertRejects(() => fit(host), PluginError, "fit() took longer than 1 s");
});

Deno.test({
  name: "a process that stands still is ended by its host",
  ignore,
  async fn() {
    await using host = await boot("fine", { seconds: 1 });
    const probe = await fit(host);
    const [stopped] = isolatedProcesses();
    Deno.kill(stopped, "SIGSTOP");
    assertThrows(() => probe.score(codes), PluginError, "took longer than 1 s");
    await until(() => !isThere(stopped));
  },
});

for (const what of ["timer: loop", "timer: hoard", "timer: grow heap"]) {
  Deno.test({
    name: `what an isolated plugin does while nobody calls ends with its process: ${what}`,
    ignore,
    async fn() {
      await using host = await boot(what, {
        megabytes: 400,
        ...(what.endsWith("loop") && { seconds: 3 }),
      });
      const [before] = isolatedProcesses();
      const probe = await fit(host);
      await until(() => !isThere(before));
      // Nothing was kept, and all that it takes to have it again is there.
      assertEquals(probe.score(codes), Float64Array.of(1, 3));
    },
  });
}

Deno.test("a process that nobody calls is ended after a while, and starts again for the next call", async () => {
  const isolate = new Isolate(faulty, { use: faulty, isolated: true }, 100);
  try {
    await isolate.call("discover", ["noughts"]);
    await until(() => !isolate.running);
    const [found] = await isolate.call("discover", ["noughts"]) as { id: string }[];
    assertEquals([found.id, isolate.starts], ["noughts", 2]);
  } finally {
    await isolate[Symbol.asyncDispose]();
  }
});

Deno.test({
  name: "a cancelled call that computes after an await leaves no process behind",
  ignore,
  async fn() {
    await using host = await boot("awaited: loop");
    const [before] = isolatedProcesses();
    const signal = AbortSignal.timeout(100);
    await assertRejects(() => fit(host, signal), CancelledError);
    await until(() => !isThere(before));
  },
});

Deno.test({
  name: "disposal of a host ends its isolated plugins' processes, also while they compute",
  ignore,
  async fn() {
    assertEquals(isolatedProcesses(), []);
    const host = await boot("awaited: loop");
    const running = assertRejects(() => fit(host), PluginError, "was disposed");
    const [isolated, ...more] = isolatedProcesses();
    assertEquals(more, []);
    await host[Symbol.asyncDispose]();
    assertEquals(isThere(isolated), false);
    await running;
  },
});

/** Runs `isolated_script.ts` in a folder of no project. */
function script(args: readonly string[], flags: readonly string[] = ["-A"]): Deno.Command {
  const file = new URL("./isolated_script.ts", import.meta.url).href;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--no-check", "--quiet", ...flags, file, ...args],
    cwd: "/",
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

for (const what of ["fine", "awaited: loop"]) {
  Deno.test({
    name: `an isolated plugin's process ends when its host is killed: ${what}`,
    ignore,
    async fn() {
      const child = script([what, "wait"]).spawn();
      const output = child.stdout.getReader();
      await output.read();
      const [isolated, ...more] = isolatedProcesses(child.pid);
      assert(isolated !== undefined && !more.length);
      child.kill("SIGKILL");
      await child.status;
      await until(() => !isThere(isolated));
      await Promise.all([output.cancel(), child.stderr.cancel()]);
    },
  });
}

Deno.test("what an isolated plugin prints is no reply, and is cut after 64 KiB", async () => {
  const { code, stdout, stderr } = await script(["awaited: print"]).output();
  assertEquals([code, textOf(stdout)], [0, "[1,3]\n"]);
  assert(textOf(stderr).startsWith("0 0 0 "), textOf(stderr).slice(0, 200));
  assertStringIncludes(textOf(stderr), "the rest is not shown");
  assert(stderr.length < 66_000, `${stderr.length} bytes`);
});

Deno.test("what an isolated plugin prints where nobody reads it stops nothing", async () => {
  const child = script(["awaited: print"]).spawn();
  await child.stderr.cancel();
  assertEquals(await new Response(child.stdout).text(), "[1,3]\n");
  assertEquals((await child.status).code, 0);
});

Deno.test({
  name:
    "signals that a terminal or a service manager sends to all processes end no isolated plugin",
  ignore,
  async fn() {
    await using host = await boot("fine");
    const [isolated] = isolatedProcesses();
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.kill(isolated, signal);
    assertEquals((await fit(host)).score(codes), Float64Array.of(1, 3));
    assertEquals(isolatedProcesses(), [isolated]);
  },
});

Deno.test("without the right to start Deno a plugin is not isolated, and the error says how to give it", async () => {
  const { code, stderr } = await script(["fine"], ["--allow-read"]).output();
  assertEquals(code, 1);
  assertStringIncludes(textOf(stderr), `allow it with --allow-run=${Deno.execPath()}`);
});

Deno.test("the right to start Deno alone is enough, and no right is passed on that is not there", async () => {
  const flags = ["--allow-read", `--allow-run=${Deno.execPath()}`];
  const { code, stdout } = await script(["fine"], flags).output();
  assertEquals([code, textOf(stdout)], [0, "[1,3]\n"]);
  const refused = await script(["fine", "net"], flags).output();
  assertEquals(refused.code, 1);
  assertStringIncludes(
    textOf(refused.stderr),
    "trusted with net, which this process may not grant",
  );
});

Deno.test("names mean the same to an isolated plugin as to its host, whose configuration has them", async () => {
  const folder = await Deno.makeTempDir();
  const root = new URL("../../../../", import.meta.url);
  try {
    const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
    const self = { "@countergrade/countergrade": new URL("mod.ts", root).href };
    const files = {
      "deno.json": JSON.stringify({ imports: { ...imports, ...self, "its-version": "./own.ts" } }),
      "own.ts": 'export const version = "7.0.0";',
      "plugin.ts": `import { version } from "its-version";
        export default { id: "p", version, apiVersion: "^1", setup() {} };`,
      "main.ts": `import { loadPlugins } from "@countergrade/countergrade";
        const use = new URL("plugin.ts", import.meta.url).href;
        const [plugin] = await loadPlugins([{ use, isolated: true }]);
        console.log(plugin.version);
        await plugin[Symbol.asyncDispose]();`,
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", "--quiet", `${folder}/main.ts`],
      cwd: "/",
    }).output();
    assertEquals([textOf(stdout), textOf(stderr)], ["7.0.0\n", ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file that has changed is another plugin the next time", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const use = `${folder}/plugin.ts`;
    const versions: string[] = [];
    for (const version of ["1.0.0", "2.0.0"]) {
      await Deno.writeTextFile(
        use,
        `export default { id: "p", version: "${version}", apiVersion: "^1", setup() {} };`,
      );
      const [plugin] = await loadPlugins([{ use, isolated: true }], { fresh: `v=${version}` });
      versions.push(plugin.version);
      await plugin[Symbol.asyncDispose]!();
    }
    assertEquals(versions, ["1.0.0", "2.0.0"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
