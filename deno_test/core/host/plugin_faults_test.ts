/** Plugins that present themselves wrongly: the host names the plugin, the member, what was expected and what came. */

import {
  definePlugin,
  type Family,
  Host,
  metrics,
  type Plugin,
  PluginError,
  type Registry,
  tasks,
} from "@countergrade/countergrade";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { TAKEN_TASKS } from "../../../core/host/plugin_faults.ts";

const metric = { description: "Nothing", measure: () => ({ nothing: 0 }) };

function task(name: string, options = z.strictObject({})) {
  const result = z.object({});
  return {
    name,
    description: "Nothing",
    options: () => options,
    result,
    run: () => Promise.resolve({}),
  };
}

function plugin(setup: (registry: Registry) => void, more: Partial<Plugin> = {}): Plugin {
  return definePlugin({ id: "odd", version: "1.0.0", apiVersion: "^1", ...more, setup });
}

async function refused(said: string, ...plugins: Plugin[]): Promise<void> {
  const error = await assertRejects(() => Host.boot(plugins), PluginError, said);
  assert(error.message.startsWith('Plugin "'), error.message);
}

const adds = (name: string) => plugin((registry) => registry.add(metrics, { ...metric, name }));
const addsTask = (name: string) => plugin((registry) => registry.add(tasks, task(name)));

Deno.test("names that the API cannot use, or has itself, are refused with plugin and member", async () => {
  for (const name of ["3d", "my-task", "__typename", "", "a b", "straße"]) {
    await refused(`adds "${name}" to metrics; expected a name of letters`, adds(name));
  }
  for (const name of [...TAKEN_TASKS, "CancelJob", "start_job"]) {
    await refused(`adds "${name}" to tasks, a name that the API`, addsTask(name));
  }
  await using host = await Host.boot([adds("cancelJob"), { ...addsTask("myTask"), id: "second" }]);
  assertEquals(host.names(metrics), ["cancelJob"]);
  const twin = { ...addsTask("my_task"), id: "twin" };
  await refused(
    'registers "my_task" in tasks, a name that "odd" has taken',
    addsTask("myTask"),
    twin,
  );
});

Deno.test("options that say how a task is run, and options that cannot be made, are refused", async () => {
  const options = z.strictObject({ seed: z.int() });
  await refused(
    'adds the task "draw" with an option "seed"',
    plugin((registry) => registry.add(tasks, task("draw", options))),
  );
  const failing = {
    ...task("draw"),
    options: () => {
      throw new Error("no such family");
    },
  };
  await refused(
    'adds the task "draw", whose options() fails: no such family',
    plugin((registry) => registry.add(tasks, failing)),
  );
});

Deno.test("a member without a description, and what is no family, are refused", async () => {
  const nameless = { ...metric, name: "bare", description: undefined as unknown as string };
  await refused(
    'adds "bare" to metrics without a description',
    plugin((registry) => registry.add(metrics, nameless)),
  );
  const none = { add: 1 } as unknown as Family<{ name: string }>;
  await refused(
    'adds "x" to what is no family',
    plugin((registry) => registry.add(none, { name: "x" })),
  );
});

Deno.test("an id that is no name of a package, and a version that is none, are refused", async () => {
  for (const id of ["My Plugin", "a/b", ""]) {
    await refused(`has the id "${id}"`, plugin(() => {}, { id }));
  }
  for (const version of ["1.0", "one", "1.0.0 "]) {
    await refused(`has the version "${version}"`, plugin(() => {}, { version }));
  }
});

Deno.test("a plugin may require others that are listed before it, in a range of versions", async () => {
  const base = { ...adds("base"), id: "@me/base", version: "1.4.0" };
  const needy = (range: string) => ({
    ...adds("more"),
    id: "needy",
    requires: { "@me/base": range },
  });
  await using _ = await Host.boot([base, needy("^1.2")]);
  await refused('requires "@me/base" ^2, it is 1.4.0', base, needy("^2"));
  await refused('requires "@me/base" newest, it is 1.4.0', base, needy("newest"));
  await refused('requires "@me/base" ^1, which is listed after it', needy("^1"), base);
  await refused('requires "@me/base" ^1, which is not listed', needy("^1"));
});
