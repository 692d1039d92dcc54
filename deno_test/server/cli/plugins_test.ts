/** Plugins of others in a running server: what they break is one job, and their files can change under it. */

import { PluginError } from "@countergrade/countergrade";
import type { Job } from "@countergrade/countergrade/jobs";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import { until } from "../../until.ts";
import { Compute } from "../../../server/jobs/compute.ts";
import { serve } from "../../../server/main.ts";

const here = (path: string) => new URL(path, import.meta.url).href;
const asking = here("./ask_probe.ts");
const faulty = here("../../core/host/isolation/faulty_plugin.ts");
const toys = here("../../toy_tasks.ts");

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function ended(compute: Compute, job: Job): Promise<Job> {
  for await (const _ of compute.watch(job.id));
  return await compute.job(job.id);
}

const faults: [options: Record<string, string>, isolated: boolean, said: string][] = [
  [{ call: "loop" }, true, "took longer than 2 s"],
  [{ fit: "loop" }, true, "took longer than 2 s"],
  [{ fit: "awaited: loop" }, true, "took longer than 2 s"],
  [{ call: "crash" }, true, "() crashed (SIGKILL)"],
  [{ call: "exit" }, true, "Deno.exit() is not for plugins"],
  [{ fit: "grow" }, true, "MB of memory"],
  [{ fit: "late" }, true, "out of the blue"],
  [{ call: "read" }, true, "Requires read access"],
  [{ call: "nan" }, true, "expected finite numbers"],
  [{ call: "nan" }, false, "expected finite numbers"],
  [{ call: "shape" }, false, "expected a Float64Array of 2"],
  [{ call: "dtype" }, false, "expected a Float64Array of 2"],
  [{ call: "mutate" }, false, "changed its input"],
  [{ fit: "throw" }, false, "no such thing"],
  [{ call: "exit" }, false, "Deno.exit() is not for plugins"],
];

for (const isolated of [true, false]) {
  const where = isolated ? "isolated" : "in the worker's thread";
  Deno.test(`a plugin that fails fails its job, and the next job runs: ${where}`, (t) =>
    inFolder(async (home) => {
      const limits = isolated && { isolated, seconds: 2, megabytes: 150 };
      const plugins = [asking, toys, { use: faulty, ...limits }];
      await using compute = await Compute.start({ home, plugins });
      const ask = async (options: object) =>
        await ended(compute, await compute.submit("askProbe", { probe: { faulty: options } }));
      for (const [options, , said] of faults.filter(([, where]) => where === isolated)) {
        await t.step(JSON.stringify(options), async () => {
          const job = await ask(options);
          assertEquals([job.state, job.error?.code], ["failed", "PLUGIN"]);
          assertStringIncludes(job.error!.message, 'Plugin "faulty": ');
          assertStringIncludes(job.error!.message, said);
          const next = await ended(compute, await compute.submit("countUp", {}, { fresh: true }));
          assertEquals([next.state, next.attempt], ["done", 1]);
          assertEquals(compute.ready, true);
        });
      }
      assertEquals((await ask({})).result, { scores: [1, 3] });
    }));
}

Deno.test("a server with a plugin that cannot be set up says which, and does not start", () =>
  inFolder(async (home) => {
    const start = (options: object) => () =>
      Compute.start({ home, plugins: [{ use: faulty, options, isolated: true, seconds: 1 }] });
    await assertRejects(start({ setup: "throw" }), PluginError, 'Plugin "faulty": setup failed');
    await assertRejects(start({ setup: "twice" }), PluginError, 'Plugin "faulty": registers');
  }));

Deno.test("--configuration names the list of plugins; the command line takes no other", () =>
  inFolder(async (folder) => {
    const config = `${folder}/mine.json`;
    const run = async (...args: string[]) => {
      const cli = new URL("../../../server/cli/main.ts", import.meta.url).pathname;
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "-A",
          "--no-lock",
          "--no-check",
          cli,
          "--home",
          `${folder}/home`,
          ...args,
        ],
        env: { COUNTERGRADE_PLUGINS: "" },
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    };
    const write = (plugins: unknown) => Deno.writeTextFile(config, JSON.stringify({ plugins }));
    await write([asking, { use: faulty, isolated: true, options: { call: "nan" } }]);
    const asked = ["ask-probe", "--probe", "faulty", "--json", "--configuration", config];
    const failed = await run(...asked);
    assertEquals([failed.code, failed.stderr], [1, ""]);
    assertStringIncludes(
      JSON.parse(failed.stdout).error.message,
      'Plugin "faulty": probe "faulty"',
    );
    await write([asking, { use: faulty, isolated: true }]);
    assertEquals(JSON.parse((await run(...asked, "--fresh")).stdout), { scores: [1, 3] });
    await write([{ use: asking, isolate: true }]);
    const wrong = await run(...asked);
    assertEquals(wrong.code, 1);
    assertStringIncludes(wrong.stdout, 'Unrecognized key: \\"isolate\\"');
  }));

Deno.test("serve --dev loads a changed plugin anew; a broken one is told and the old one goes on", () =>
  inFolder(async (folder) => {
    const file = `${folder}/task.ts`;
    const source = await Deno.readTextFile(new URL("./ask_probe.ts", import.meta.url));
    const named = (name: string) => source.replace('name: "askProbe"', `name: "${name}"`);
    await Deno.writeTextFile(file, named("firstTask"));
    await using server = await serve({
      port: 0,
      host: "127.0.0.1",
      home: `${folder}/home`,
      plugins: [file, toys, faulty],
      dev: true,
      deadline: 2_000,
    });
    const ask = async (query: string) => {
      const response = await fetch(`${server.url}graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query }),
      });
      const text = await response.text();
      return response.ok ? JSON.parse(text).data : undefined;
    };
    const mutations = async (): Promise<string[]> => {
      const data = await ask('{ __type(name: "Mutation") { fields { name } } }');
      return data?.__type.fields.map(({ name }: { name: string }) => name) ?? [];
    };
    const offered = (name: string) => until(async () => (await mutations()).includes(name));
    await offered("firstTask");
    const job = "mutation { countUp(input: { steps: 200, delay: 10 }) { job { id } } }";
    await ask(job);
    {
      using told = stub(console, "error");
      await Deno.writeTextFile(file, "this is no script");
      await until(() => told.calls.length > 0);
      assertStringIncludes(String(told.calls[0].args[0]), "task.ts");
    }
    assertEquals((await mutations()).includes("firstTask"), true);
    await Deno.writeTextFile(file, named("secondTask"));
    await offered("secondTask");
    assertEquals((await mutations()).includes("firstTask"), false);
    let state = "";
    await until(async () => {
      const data = await ask("{ jobs { nodes { state task } } }");
      state = data?.jobs.nodes[0]?.state ?? state;
      return ["DONE", "FAILED", "CANCELLED"].includes(state);
    });
    assertEquals(state, "DONE");
  }));
