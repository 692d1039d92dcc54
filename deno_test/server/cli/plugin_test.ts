/** `countergrade plugin …` as its users meet it: a process with the task's own permissions. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { root } from "../../source_files.ts";
import { printed } from "./printed.ts";

const toys = new URL("../../toy_plugins.ts", import.meta.url).pathname;

async function plugin(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "countergrade", "plugin", ...args],
    cwd: root,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The same in this process, which is quicker, for what a process of its own would not show. */
async function here(...args: string[]) {
  const { code, text, complaint } = await printed(["plugin", ...args]);
  return { code, stdout: text, stderr: complaint };
}

Deno.test("a plugin is begun, checked and listed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const out = `${folder}/my-encoder`;
    const begun = await plugin("new", "encoder", "my-encoder", "--out", out, "--json");
    assertEquals([begun.code, begun.stderr], [0, ""]);
    assertEquals(JSON.parse(begun.stdout).files.length, 6);

    const checked = await plugin("check", `${out}/mod.ts`, "--json");
    assertEquals([checked.code, checked.stderr], [0, ""]);
    const report = JSON.parse(checked.stdout);
    assertEquals([report.ok, report.failed, report.skipped], [true, 0, 0]);
    assert(report.passed > 10, "the suites of plugin and encoder ran");

    const listed = await plugin("list", "--plugins", `builtins,${out}/mod.ts`, "--json");
    assertEquals([listed.code, listed.stderr], [0, ""]);
    const { plugins } = JSON.parse(listed.stdout);
    assertEquals(plugins[0].from, "builtins");
    assertEquals(plugins.at(-1), {
      id: "my-encoder",
      version: "0.1.0",
      apiVersion: "^1",
      from: `${out}/mod.ts`,
      needs: [],
      trust: [],
      isolated: false,
      options: [],
      members: [{
        family: "encoders",
        name: "myEncoder",
        description: "Coarse pictures: the mean of each block of pixels",
        options: [{
          name: "block",
          description: "Pixels along each side of one code entry",
          required: false,
          default: 4,
        }],
      }],
    });

    const again = await here("new", "encoder", "my-encoder", "--out", out);
    assertEquals([again.code, again.stdout], [1, ""]);
    assertStringIncludes(again.stderr, "there already");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a broken promise, an expected failure and a part without a suite are told apart", async () => {
  const text = await here("check", toys);
  assertEquals([text.code, text.stderr], [1, ""]);
  for (
    const line of [
      "  ok        measure() does not change the path",
      "  FAILED    measure() gives the same figures again",
      "  expected  the description says what the figures are\n            a draft",
      "not checked: it needs a fixture with options",
      "1 failed, 1 failed as expected, 1 part not checked",
    ]
  ) assertStringIncludes(text.stdout, line);
  const json = JSON.parse((await here("check", toys, "--json")).stdout);
  assertEquals([json.ok, json.failed, json.expectedFailures, json.skipped], [false, 1, 1, 1]);
  assertEquals(json.plugins.map(({ id }: { id: string }) => id), ["toy-metrics", "toy-task"]);
});

Deno.test("the list shows options with their defaults", async () => {
  const { code, stdout } = await here("list", "--plugins", `builtins,${toys}`);
  assertEquals(code, 0);
  assertStringIncludes(stdout, `toy-task 1.0.0, API ^1, from ${toys}\n  tasks: wait, `);
  assertStringIncludes(stdout, "--turns N");
  assertStringIncludes(stdout, "default 3");
});

/** A plugin that needs a right, and takes an option. */
const NEEDY = `
import { definePlugin, metrics } from "@countergrade/countergrade";
import { z } from "zod";
export default definePlugin({
  id: "needy",
  version: "1.0.0",
  apiVersion: "^1",
  needs: ["net"],
  options: z.strictObject({ patience: z.int().default(9).describe("Turns at most") }),
  setup: (registry) =>
    registry.add(metrics, {
      name: "frames",
      description: "The number of frames of a path",
      measure: ({ lengths }) => ({ frames: lengths.length }),
    }),
});
`;

Deno.test("a plugin is listed and checked with the rights that the configuration gives it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const module = `${folder}/needy.ts`;
    await Deno.writeTextFile(module, NEEDY);
    await Deno.writeTextFile(
      `${folder}/countergrade.json`,
      JSON.stringify({ plugins: [{ use: "./needy.ts", trust: ["net"] }] }),
    );
    const config = ["--configuration", `${folder}/countergrade.json`];
    const { code, stdout } = await here("list", ...config);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "needs net, trusted with net");
    assertStringIncludes(stdout, "in the configuration:\n    --patience N  Turns at most; ");
    const { plugins: [listed] } = JSON.parse((await here("list", ...config, "--json")).stdout);
    assertEquals([listed.needs, listed.trust, listed.isolated], [["net"], ["net"], false]);
    assertEquals(listed.options.map(({ name }: { name: string }) => name), ["patience"]);

    const untrusted = await here("check", module);
    assertEquals(untrusted.code, 1);
    assertStringIncludes(untrusted.stderr, "not trusted");
    const trusted = await plugin("check", module, ...config);
    assertEquals([trusted.code, trusted.stderr], [0, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a wrong command line exits with 2, a plugin that cannot be loaded with 1", async () => {
  const cases: [args: string[], code: number, text: string][] = [
    [["paint"], 2, "known: new, check, list"],
    [["new", "probe"], 2, "Usage: plugin new KIND NAME"],
    [["new", "palette", "x"], 2, "known: dataset, encoder"],
    [["new", "probe", "../x"], 2, "small letters"],
    [["list", "--color"], 2, "--color"],
    [["check", "no/such/file.ts"], 1, "no/such/file.ts"],
    [["check", "https://example.org/x.ts"], 1, "nothing from the web"],
  ];
  for (const [args, expected, text] of cases) {
    const { code, stdout, stderr } = await here(...args);
    assertEquals([args.join(" "), code, stdout], [args.join(" "), expected, ""]);
    assertStringIncludes(stderr, text);
  }
  const help = await here("--help");
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "new KIND NAME");
});

Deno.test("an isolated plugin runs with the permissions that the task has, and the list says how", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const use = new URL("examples/custom_probe.ts", root).href;
    const config = ["--configuration", `${folder}/countergrade.json`];
    await Deno.writeTextFile(config[1], JSON.stringify({ plugins: [{ use, isolated: true }] }));
    const { code, stdout, stderr } = await plugin("list", ...config);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `from ${use}, isolated in a process\n  probes: nearestCentroid`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
