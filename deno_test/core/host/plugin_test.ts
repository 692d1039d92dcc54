/** The host: what a plugin says of itself is checked, and what it does at the border too. */

import {
  definePlugin,
  editors,
  Host,
  loadPlugins,
  metrics,
  type Plugin,
  PluginError,
  type ProbePlugin,
  probes,
  Random,
  tensor,
} from "@countergrade/countergrade";
import { API_VERSION, type Registry } from "../../../core/host/plugin.ts";
import type { StandardSchema } from "../../../core/host/plugin_options.ts";
import { inRange } from "../../../core/host/version_range.ts";
import { builtins } from "@countergrade/countergrade/plugins";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

const metric = (name: string) => ({ name, description: name, measure: () => ({ x: 1 }) });

function plugin(parts: Partial<Plugin> = {}): Plugin {
  return definePlugin({
    id: "guest",
    version: "1.0.0",
    apiVersion: "^1",
    setup: (registry: Registry) => registry.add(metrics, metric("one")),
    ...parts,
  });
}

Deno.test("version ranges are those of npm", () => {
  const cases: [range: string, within: string[], beyond: string[]][] = [
    ["^1", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0"]],
    ["^1.2.3", ["1.2.3", "1.3.0"], ["1.2.2", "2.0.0"]],
    ["^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0"]],
    ["^0.0.3", ["0.0.3"], ["0.0.4"]],
    ["^0", ["0.0.1", "0.9.0"], ["1.0.0"]],
    ["~1.2", ["1.2.0", "1.2.9"], ["1.3.0"]],
    ["~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]],
    ["~1", ["1.0.0", "1.9.0"], ["2.0.0"]],
    ["1.2.3", ["1.2.3"], ["1.2.4", "1.2.2"]],
    ["1.2", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.9"]],
    ["1.x", ["1.0.0", "1.9.0"], ["2.0.0"]],
    [">=1.2 <3", ["1.2.0", "2.9.9"], ["1.1.9", "3.0.0"]],
    [">= 1.2 < 3", ["1.2.0"], ["3.0.0"]],
    [">1", ["2.0.0"], ["1.9.9"]],
    ["<=1.2", ["1.2.9"], ["1.3.0"]],
    ["1.1 - 1.3", ["1.1.0", "1.3.9"], ["1.0.9", "1.4.0"]],
    ["^1 || ^3", ["1.5.0", "3.1.0"], ["2.0.0"]],
  ];
  for (const [range, within, beyond] of cases) {
    for (const version of within) {
      assertEquals(inRange(version, range), true, `${version} ${range}`);
    }
    for (const version of beyond) {
      assertEquals(inRange(version, range), false, `${version} ${range}`);
    }
  }
  for (const range of ["", "latest", "^", "1.2.3.4", "^1 and ^2", "1.2.3-beta"]) {
    assertEquals(inRange("1.0.0", range), undefined, range);
  }
});

Deno.test("a plugin for another API is refused, and its author and user are told what to do", async () => {
  for (const apiVersion of ["^1", "1.x", ">=1 <3", "^2 || ^1", "~1.0"]) {
    await using host = await Host.boot([plugin({ apiVersion })]);
    assertEquals(host.names(metrics), ["one"]);
  }
  await assertRejects(
    () => Host.boot([plugin({ apiVersion: "^2" })]),
    PluginError,
    `Plugin "guest": is written for API ^2, this is ${API_VERSION}: update Countergrade, or use a version of the plugin for ^1`,
  );
  await assertRejects(
    () => Host.boot([plugin({ apiVersion: "newest" })]),
    PluginError,
    'has the apiVersion "newest"; expected a range of versions, as "^1"',
  );
});

Deno.test("a plugin adds what it provides, no more and no fewer", async () => {
  await using host = await Host.boot([plugin({ provides: { metrics: ["one"] } })]);
  assertEquals(host.names(metrics), ["one"]);
  const boot = (provides: Plugin["provides"]) => () => Host.boot([plugin({ provides })]);
  await assertRejects(boot({}), PluginError, 'Plugin "guest": adds "one" to metrics');
  await assertRejects(boot({ metrics: [] }), PluginError, 'adds "one" to metrics');
  await assertRejects(boot({ metrics: ["one", "two"] }), PluginError, 'does not add "two"');
  await assertRejects(boot({ metrics: ["one"], charts: ["a"] }), PluginError, '"a" to charts');
});

Deno.test("options are checked by any Standard Schema", async () => {
  const even: StandardSchema<number> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) =>
        typeof value === "number" && value % 2 === 0
          ? { value: value / 2 }
          : { issues: [{ message: "expected an even number", path: [{ key: "count" }] }] },
    },
  };
  let seen = 0;
  const counting = definePlugin({
    id: "counting",
    version: "1.0.0",
    apiVersion: "^1",
    options: even,
    setup: (_registry, half) => {
      seen = half;
    },
  });
  await using _host = await Host.boot([{ ...counting, settings: 8 }]);
  assertEquals(seen, 4);
  await assertRejects(
    () => Host.boot([{ ...counting, settings: 7 }]),
    PluginError,
    'Plugin "counting": Cannot read its options: count: expected an even number',
  );
  await assertRejects(() => Host.boot([counting]), PluginError, "expected an even number");
  await assertRejects(() => Host.boot([plugin({ settings: {} })]), PluginError, "takes no options");
});

Deno.test("a choice that there is not is told what there is", async () => {
  await using host = await Host.boot(builtins);
  const choice = host.choice(editors);
  for (const value of [{ foo: {} }, { pattern: {}, foo: {} }, {}, { pattern: {}, shortest: {} }]) {
    const text = choice.safeParse(value).error?.issues.map(({ message }) => message).join();
    assertStringIncludes(text ?? "", "expected exactly one of pattern, shortest, raw, gradient");
    assertEquals("foo" in value, text?.includes("not foo"));
  }
});

Deno.test("a boot that fails disposes all plugins", async () => {
  const disposed: string[] = [];
  const first = plugin({
    id: "first",
    async [Symbol.asyncDispose]() {
      disposed.push("first");
      await Promise.resolve();
    },
  });
  await assertRejects(() => Host.boot([first, plugin()]), PluginError, "a name that");
  assertEquals(disposed, ["first"]);
});

const faulty = new URL("./isolation/faulty_plugin.ts", import.meta.url).href;
const codes = tensor([2, 2], [1, 2, 3, 4]);
const context = {
  scale: { type: "ordinal" as const, names: ["none", "mild", "severe"] },
  threshold: 1,
  random: new Random(3),
};

for (
  const [call, said] of Object.entries({
    throw: 'probe "faulty": score() failed: no such thing',
    mutate: 'probe "faulty": score() changed its input',
    shape: "a Float64Array of 3; expected a Float64Array of 2",
    dtype: "a Float32Array of 2; expected a Float64Array of 2",
    nan: "NaN at 0; expected finite numbers",
  })
) {
  Deno.test(`a plugin in the host's own thread is checked at the border: ${call}`, async () => {
    await using host = await Host.boot(await loadPlugins([{ use: faulty, options: { call } }]));
    const member = host.member<ProbePlugin>(probes, "faulty");
    const probe = await member.fit(codes, Int32Array.of(0, 1), { c: 1 }, context);
    const own = tensor(codes.shape, codes.data.slice());
    const error = assertThrows(() => probe.score(own), PluginError, said);
    assert(error.message.startsWith('Plugin "faulty": '), error.message);
    assertEquals(probe.grade(codes), Float64Array.of(2, 4));
    if (call !== "shape") return;
    const gradient = () => probe.gradient(codes);
    assertThrows(gradient, PluginError, "expected a float32 tensor of shape [2, 2]");
  });
}

Deno.test("a number that follows from one that is none is nobody's fault", async () => {
  await using host = await Host.boot(await loadPlugins([faulty]));
  const member = host.member<ProbePlugin>(probes, "faulty");
  const probe = await member.fit(codes, Int32Array.of(0, 1), { c: 1 }, context);
  assertEquals(probe.score(tensor([1, 2], [NaN, 1])), Float64Array.of(NaN));
});

for (const fit of ["throw", "mutate"]) {
  Deno.test(`a fit() that fails in the host's own thread names the plugin: ${fit}`, async () => {
    await using host = await Host.boot(await loadPlugins([{ use: faulty, options: { fit } }]));
    const member = host.member<ProbePlugin>(probes, "faulty");
    const own = tensor(codes.shape, codes.data.slice());
    const run = () => member.fit(own, Int32Array.of(0, 1), { c: 1 }, context);
    await assertRejects(run, PluginError, 'Plugin "faulty": probe "faulty": fit() ');
  });
}
