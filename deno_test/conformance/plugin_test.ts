/** The suite of a whole plugin catches every broken promise of its own, and finds the suites of its members. */

import {
  definePlugin,
  Host,
  InputError,
  type MetricPlugin,
  metrics,
  type Plugin,
} from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { checkPlugin, testPlugin } from "@countergrade/countergrade/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import reports from "../../examples/custom_family.ts";
import { failures } from "./assert_catches.ts";

const member: MetricPlugin = {
  name: "frames",
  description: "The number of frames of the path",
  measure: ({ frames }) => ({ frames: frames.shape[0] }),
};

const sound = definePlugin({
  id: "frames-metric",
  version: "1.0.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});

/** The names of the plugin's own checks that fail. */
async function caught(plugin: Plugin): Promise<string[]> {
  await using host = await Host.boot([plugin]);
  const [own] = await testPlugin(plugin, host);
  return await failures(own.checks);
}

let setups = 0;
const broken: Record<string, Plugin> = {
  "setup() adds at least one member": { ...sound, setup() {} },
  "setup() does the same again on another host": {
    ...sound,
    setup: (registry) => registry.add(metrics, { ...member, name: `frames${setups++}` }),
  },
};

Deno.test("a sound plugin keeps its own promises, and there is a broken one for each", async () => {
  assertEquals(await caught(sound), []);
  await using host = await Host.boot([sound]);
  const [own] = await testPlugin(sound, host);
  assertEquals(own.checks.map(({ name }) => name), Object.keys(broken));
});

for (const [name, plugin] of Object.entries(broken)) {
  Deno.test(`the suite of a plugin catches: not "${name}"`, async () => {
    assertEquals(await caught(plugin), [name]);
  });
}

Deno.test("a setup that fails again is caught", async () => {
  const [, again] = Object.keys(broken);
  let first = true;
  const once: Plugin = {
    ...sound,
    setup(registry) {
      if (!first) throw new Error("the port is taken");
      first = false;
      registry.add(metrics, member);
    },
  };
  assertEquals(await caught(once), [again]);
});

Deno.test("every built-in plugin keeps its own promises", async () => {
  await using host = await Host.boot(builtins);
  for (const plugin of builtins) {
    const [own] = await testPlugin(plugin, host);
    assertEquals([plugin.id, await failures(own.checks)], [plugin.id, []]);
  }
});

Deno.test("a member is held to the suite of its family, with the failures that are expected of it", async () => {
  const short: Plugin = {
    ...sound,
    setup: (registry) => registry.add(metrics, { ...member, description: "frames" }),
  };
  await using host = await Host.boot([short]);
  const name = "the description says what the figures are";
  const outcomeWith = async (expectedFailures: Record<string, string>) => {
    const [, { outcomes }] = await checkPlugin(short, host, {
      metrics: { frames: { expectedFailures } },
    });
    return outcomes.filter(({ outcome }) => outcome !== "passed")
      .map(({ name, outcome, reason }) => [name, outcome, reason]);
  };
  assertEquals(await outcomeWith({}), [[name, "failed", undefined]]);
  assertEquals(await outcomeWith({ [name]: "a draft" }), [[name, "expected failure", "a draft"]]);
});

Deno.test("a member without a fixture or a suite is not checked, and it is said why", async () => {
  await using host = await Host.boot([...builtins, reports]);
  const skipped = async (plugin: Plugin) =>
    (await testPlugin(plugin, host)).map(({ name, skipped }) => `${name}: ${skipped}`).join("\n");
  const pca = builtins.find(({ id }) => id === "@countergrade/pca-encoder")!;
  const npz = builtins.find(({ id }) => id === "@countergrade/npz-datasets")!;
  assertStringIncludes(await skipped(pca), "pca: it needs a fixture with a small model");
  assertStringIncludes(await skipped(npz), "npz: no data set of it is found");
  const told = await skipped(reports);
  assertStringIncludes(told, 'the family "reports" has no conformance suite');
  assertStringIncludes(told, "writeReport: it needs a fixture with options");
});

Deno.test("a fixture for a member that the plugin does not bring is refused", async () => {
  await using host = await Host.boot([sound]);
  await assertRejects(
    () => testPlugin(sound, host, { metrics: { flames: {} } }),
    InputError,
    "brings frames",
  );
  await assertRejects(
    () => testPlugin(sound, host, { probes: { frames: {} } }),
    InputError,
    "no members of that family",
  );
});
