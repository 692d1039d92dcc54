/** The file countergrade.json, and loading what it lists. */

import {
  Host,
  InputError,
  loadPlugins,
  NotFoundError,
  PluginError,
  pluginList,
  probes,
} from "@countergrade/countergrade";
import { findConfiguration, readConfiguration } from "../../../core/host/configuration.ts";
import { assertEquals, assertRejects } from "@std/assert";

const custom = new URL("../../../examples/custom_probe.ts", import.meta.url);

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function read(json: unknown) {
  let entries: Awaited<ReturnType<typeof readConfiguration>> = [];
  await inFolder(async (folder) => {
    const path = `${folder}/countergrade.json`;
    await Deno.writeTextFile(path, typeof json === "string" ? json : JSON.stringify(json));
    entries = (await readConfiguration(path)).map((entry) => ({
      ...entry,
      use: entry.use.replace(`file://${folder}/`, "FOLDER/"),
    }));
  });
  return entries;
}

Deno.test("a configuration lists plugins in order; paths start from its folder", async () => {
  const entry = { use: "./my_probe.ts", options: { folds: 3 }, isolated: true, trust: ["read"] };
  assertEquals(await read({ plugins: ["builtins", entry, "npm:pkg@1.2.3"] }), [
    { use: "builtins" },
    { ...entry, use: "FOLDER/my_probe.ts", trust: ["read"] },
    { use: "npm:pkg@1.2.3" },
  ]);
});

for (
  const [json, said] of [
    [{ plugins: ["builtins"], plugin: [] }, 'Unrecognized key: "plugin"'],
    [{ plugins: [{ use: "./a.ts", isolate: true }] }, 'plugins.0: Unrecognized key: "isolate"'],
    [{ plugins: [{ use: "./a.ts", trust: ["all"] }] }, "plugins.0.trust.0: "],
    [{ plugins: [{ use: "./a.ts", seconds: 3 }] }, "set isolated to true"],
    [{ plugins: [7] }, "plugins.0: expected a module's name"],
    [{ plugins: [] }, "plugins: "],
    [{}, "plugins: "],
    ["{", "Cannot read"],
  ] as const
) {
  Deno.test(`a configuration that nobody can mean is refused: ${JSON.stringify(json)}`, async () => {
    await assertRejects(() => read(json), InputError, said);
  });
}

Deno.test("a list wins over a file, a file over the one in the folder, and that over the built-ins", () =>
  inFolder(async (folder) => {
    const write = (name: string, use: string) =>
      Deno.writeTextFile(`${folder}/${name}`, JSON.stringify({ plugins: [use] }));
    assertEquals(await findConfiguration(folder), undefined);
    await write("countergrade.json", "npm:found@1.0.0");
    await write("other.json", "npm:named@1.0.0");
    assertEquals(await findConfiguration(folder), `${folder}/countergrade.json`);
    const config = `${folder}/other.json`;
    assertEquals(await pluginList({ config }), [{ use: "npm:named@1.0.0" }]);
    assertEquals(await pluginList({ config, list: "builtins, ./a.ts" }), [
      { use: "builtins" },
      { use: "./a.ts" },
    ]);
    await assertRejects(() => pluginList({ config: `${folder}/none.json` }), NotFoundError, "none");
  }));

Deno.test("packages are named by an exact version, and nothing comes from the web", async () => {
  for (const use of ["npm:pkg", "npm:pkg@^1.2.3", "npm:@scope/pkg@1", "jsr:@scope/pkg@latest"]) {
    await assertRejects(() => loadPlugins([use]), InputError, "expected an exact version");
  }
  for (const use of ["https://example.org/a.ts", "data:text/javascript,"]) {
    await assertRejects(() => loadPlugins([use]), InputError, "nothing from the web");
  }
  await assertRejects(() => loadPlugins(["npm:zod@4.6.7"]), PluginError, "exports no plugin");
});

Deno.test("a plugin that needs a right says so, and the user grants it by name", () =>
  inFolder(async (folder) => {
    const use = `${folder}/native.ts`;
    const plugin = { id: "native", version: "1.0.0", apiVersion: "^1", needs: ["ffi"] };
    const text = `export default { ...${JSON.stringify(plugin)}, setup() {} };`;
    await Deno.writeTextFile(use, text);
    const needs = 'Plugin "native": needs ffi, which it is not trusted with';
    await assertRejects(() => loadPlugins([use]), PluginError, needs);
    await assertRejects(() => loadPlugins([{ use, isolated: true }]), PluginError, needs);
    await assertRejects(() => loadPlugins([{ use, trust: ["net"] }]), PluginError, needs);
    assertEquals((await loadPlugins([{ use, trust: ["ffi"] }])).map(({ id }) => id), ["native"]);
  }));

Deno.test("the built-in plugins cannot be isolated", async () => {
  await assertRejects(
    () => loadPlugins([{ use: "builtins", isolated: true }]),
    InputError,
    "Cannot isolate the built-in plugins",
  );
});

Deno.test("options of the configuration reach the plugin; one that takes none says so", async () => {
  const faulty = new URL("./isolation/faulty_plugin.ts", import.meta.url).href;
  const boot = async (use: string, options: unknown, isolated = false) => {
    await using host = await Host.boot(await loadPlugins([{ use, options, isolated }]));
    return host.names(probes);
  };
  assertEquals(await boot(faulty, { call: "nan" }), ["faulty"]);
  for (const isolated of [false, true]) {
    await assertRejects(
      () => boot(faulty, { setup: "loud" }, isolated),
      PluginError,
      'Plugin "faulty": Cannot read its options: setup: ',
    );
    await assertRejects(
      () => boot(custom.href, { c: 1 }, isolated),
      PluginError,
      'Plugin "nearest-centroid-probe": takes no options',
    );
  }
});

Deno.test("a file is imported anew where it is asked for", () =>
  inFolder(async (folder) => {
    const use = `${folder}/plugin.ts`;
    const write = (version: string) =>
      Deno.writeTextFile(
        use,
        `export default { id: "x", version: "${version}", apiVersion: "^1", setup() {} };`,
      );
    const version = async (fresh?: string) => (await loadPlugins([use], { fresh }))[0].version;
    await write("1.0.0");
    assertEquals(await version(), "1.0.0");
    await write("1.1.0");
    assertEquals(await version(), "1.0.0");
    assertEquals(await version("again"), "1.1.0");
  }));
