/** Any one built-in plugin can be left out: all others go on, and nothing else is missing. */

import { type Family, Host, type Plugin, tasks } from "@countergrade/countergrade";
import { builtins } from "@countergrade/countergrade/plugins";
import { memoryJob } from "@countergrade/countergrade/testing";
import { assert, assertEquals } from "@std/assert";
import { printSchema } from "graphql";
import { program } from "../../server/cli/arguments.ts";
import { flagsOf, kebab, optionsSchema } from "../../server/cli/flags.ts";
import { addTask } from "../../server/cli/task_command.ts";
import { createSchema } from "../../server/schema/schema.ts";
import { writeDiscs } from "../../examples/own_dataset.ts";

const folder = await Deno.realPath(await Deno.makeTempDir());
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
await writeDiscs(folder);

/** Family to the names of its members, without those of one plugin. */
function namesIn(host: Host, without?: Plugin): Record<string, string[]> {
  const kept = (family: Family<{ readonly name: string }>) =>
    host.names(family).filter((name) => host.pluginOf(family, name).id !== without?.id);
  return Object.fromEntries(host.families.map((family) => [family.name, kept(family)]));
}

/** From images to a path and its figures, with the first of each kind that is there. */
async function chain(host: Host): Promise<unknown> {
  const job = memoryJob(host, { seed: 1 });
  const run = async (name: string, options: Record<string, unknown>) => {
    const task = host.member(tasks, name);
    return await task.run(task.options(host).parse(options), job) as Record<string, string>;
  };
  const dataset = "discs";
  const { encoder } = await run("trainEncoder", { dataset, encoder: { pca: { components: 4 } } });
  const { codes } = await run("encode", { dataset, encoder });
  const [choice] = namesIn(host).probes;
  const { probe } = await run("trainProbe", { codes, probe: { [choice]: {} } });
  const [editor] = namesIn(host).editors;
  return await run("counterfactualPath", { dataset, probe, index: 0, editor: { [editor]: {} } });
}

/** What the chain cannot do without. */
const NEEDED = ["npz-datasets", "pca-encoder", "path-tasks"].map((id) => `@countergrade/${id}`);

/** The host's tasks are in its schema and have a help. */
function assertDescribed(host: Host): void {
  const members = host.members(tasks);
  const schema = printSchema(createSchema(host, members.filter(({ local }) => !local)));
  assert(schema.includes("type Query"));
  for (const { name, local } of members) {
    assertEquals(schema.includes(`  ${name}(`), !local, name);
  }
  const root = program();
  const words = (text: string) => text.split(/\s+/).join(" ");
  for (const task of members) {
    const help = addTask(root, task, flagsOf(optionsSchema(task, host))).helpInformation();
    assert(words(help).includes(words(task.description)), task.name);
    assert(root.helpInformation().includes(` ${kebab(task.name)} `));
  }
}

await using all = await Host.boot(builtins);

for (const plugin of builtins) {
  Deno.test(`without ${plugin.id} all others are there, in API and command line, and work`, async () => {
    const others = builtins.filter((other) => other !== plugin);
    await using host = await Host.boot(others, { roots: [folder] });
    const expected = namesIn(all, plugin);
    for (const [family, names] of Object.entries(namesIn(host))) {
      assertEquals(names, expected[family]);
    }

    assertDescribed(host);
    if (!NEEDED.includes(plugin.id)) assert(await chain(host));
  });
}

Deno.test("tasks alone have an API and help, though no family has anything to choose from", async () => {
  const alone = builtins.filter(({ id }) => /tasks$|evaluate-probe|baseline/.test(id));
  assertEquals(alone.length, 3);
  await using host = await Host.boot(alone);
  assertDescribed(host);
});

Deno.test("the plugins that the chain needs are those that it fails without", async () => {
  assertEquals(builtins.filter(({ id }) => NEEDED.includes(id)).length, NEEDED.length);
  for (const id of NEEDED) {
    await using host = await Host.boot(builtins.filter((other) => other.id !== id), {
      roots: [folder],
    });
    const message = await chain(host).then(() => "it works", (error: Error) => error.name);
    assert(message !== "it works", id);
  }
});
