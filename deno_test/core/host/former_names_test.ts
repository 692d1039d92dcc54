/** Names of 0.1: whoever gives one is told today's. */

import {
  definePlugin,
  FormatError,
  Host,
  InputError,
  parseOptions,
  PluginError,
  tasks,
} from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { z } from "zod";
import { renamed } from "../../../core/host/former_names.ts";
import { parseDescription } from "../../../plugins/datasets/files/description.ts";

await using host = await Host.boot(builtins);

/** What is told of options of a built-in task: the path, and the text behind it. */
function told(task: string, options: Record<string, unknown>) {
  const schema = host.member(tasks, task).options(host);
  const { path, message } = assertThrows(
    () => parseOptions(schema, options, "options"),
    InputError,
  );
  return [path, message.slice(message.lastIndexOf(": ") + 2)];
}

const paths = { dataset: "bars", probe: "probe-1", index: 0 };

for (
  const [task, options, path, now] of [
    ["counterfactualPath", { ...paths, neighbours: 3 }, [], '"neighbours" … "neighbors"'],
    ["mapLatents", { codes: "codes-1", neighbours: 3 }, [], '"neighbours" … "neighbors"'],
    ["nearestImages", { ...paths, distance: "standardised" }, [
      "distance",
    ], '"standardised" … "standardized"'],
    ["trainProbe", { codes: "codes-1", probe: { svm: { standardise: true } } }, [
      "probe",
      "svm",
    ], '"standardise" … "standardize"'],
    // Another option that nobody knows comes after it.
    ["counterfactualPath", { ...paths, hues: 1, neighbours: 3 }, [], '"neighbours" … "neighbors"'],
  ] as const
) {
  Deno.test(`${task} is told that ${now.replace("…", "is now called")}`, () => {
    assertEquals(told(task, options), [path, now.replace("…", "is now called")]);
  });
}

Deno.test("a former name is told only where today's would be right, and after what is wrong before it", () => {
  assertEquals(told("evaluate", { dataset: "bars", probe: "probe-1", neighbours: 3 }), [
    [],
    '"neighbours"',
  ]);
  assertEquals(told("counterfactualPath", { ...paths, dataset: "licence", hues: 1 }), [
    [],
    '"hues"',
  ]);
  const [path] = told("trainProbe", {
    codes: "codes-1",
    probe: { svm: { standardise: 1, c: -1 } },
  });
  assertEquals(path, ["probe", "svm", "c"]);
});

Deno.test("options of a plugin that have such names of their own are read as they are", () => {
  const schema = z.strictObject({ licence: z.string(), standardise: z.boolean() });
  const own = { licence: "neighbours", standardise: true };
  assertEquals(parseOptions(schema, own, "options"), own);
});

Deno.test("a plugin's settings are checked likewise", async () => {
  const plugin = definePlugin({
    id: "careful",
    version: "1.0.0",
    apiVersion: "^1",
    options: z.strictObject({ license: z.string().optional() }),
    setup: () => {},
  });
  await assertRejects(
    () => Host.boot([{ ...plugin, settings: { licence: "MIT" } }]),
    PluginError,
    '"licence" is now called "license"',
  );
});

Deno.test("a folder's description with a license of 0.1 says what the field is called", () => {
  assertThrows(
    () => parseDescription('{"licence":"CC0"}'),
    FormatError,
    '"licence" is now called "license"',
  );
  assertEquals(parseDescription('{"license":"CC0"}').license, "CC0");
});

Deno.test("renamed() tells where former names stand, in lists too, and leaves the rest as it is", () => {
  const { value, names } = renamed({ a: [{ neighbours: 1 }, "standardised"], b: null, c: 2 });
  assertEquals(value, { a: [{ neighbors: 1 }, "standardized"], b: null, c: 2 });
  assertEquals(names.map(({ path, then }) => [path, then]), [
    [["a", 0], "neighbours"],
    [["a", 1], "standardised"],
  ]);
});
