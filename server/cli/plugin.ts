/** `countergrade plugin …`: begin a plugin, check what it promises, list those that are loaded. */

import { resolve } from "node:path";
import { Host, InputError, loadPlugins, type PluginEntry } from "@countergrade/countergrade";
import { checkPlugin } from "@countergrade/countergrade/testing";
import type { Command } from "commander";
import type { Choose } from "./arguments.ts";
import type { Environment } from "./environment.ts";
import { UsageError } from "./flags.ts";
import { HELP } from "./help.ts";
import { conformanceOf, partOf, reportText, tallied, urlOf } from "./plugin_check.ts";
import { listed, listJson, listText } from "./plugin_list.ts";
import {
  DEFAULT_SCOPE,
  defaultFolder,
  isKind,
  KINDS,
  memberName,
  packageName,
  scaffold,
} from "../scaffold/scaffold.ts";

/** A sub-command's words, without its own name, and flags. */
interface Call {
  readonly words: readonly string[];
  readonly out?: string;
  readonly scope?: string;
  readonly json?: boolean;
  readonly environment: Environment;
}

const print = (text: string) => console.log(text);

/** Adds `plugin new`, `plugin check` and `plugin list`. */
export function addPlugin(root: Command, environment: Environment, choose: Choose): void {
  const plugin = root.command("plugin").helpCommand(false).usage("COMMAND [FLAGS]")
    .summary("List, check or begin plugins; plugin --help shows how")
    .description("A module is npm:name@1.2.3, jsr:@scope/name@1.2.3, a file: URL or a path.")
    .configureHelp({
      ...HELP,
      subcommandTerm: (command) => `${command.name()} ${command.usage()}`,
    });
  const add = (usage: string, help: string, run: (call: Call) => Promise<0 | 1>) => {
    const [name, ...expected] = usage.split(" ");
    const command = plugin.command(name).usage(`${expected.join(" ")} [FLAGS]`).description(help)
      .argument("[words...]").action((words: string[]) =>
        choose(() => {
          if (words.length !== expected.length) throw new UsageError(`Usage: plugin ${usage}`);
          return run({ ...command.optsWithGlobals(), words, environment });
        })
      );
    return command;
  };
  add(
    "new KIND NAME",
    `Write a folder (--out) with a small plugin that works; KIND is ${
      Object.keys(KINDS).join(", ")
    }`,
    begin,
  ).option("--scope <SCOPE>", `yours at a registry, as my-lab; default ${DEFAULT_SCOPE}`);
  add(
    "check MODULE",
    "Run the conformance suites of all members of a plugin (exit code 1: a promise is broken)",
    checkModule,
  );
  add("list", "Tell which plugins are loaded, from where, and what they bring", list);
}

async function begin({ words: [kind, name], out, scope, json }: Call): Promise<0> {
  if (!isKind(kind)) {
    throw new UsageError(`Unknown kind ${kind}; known: ${Object.keys(KINDS).join(", ")}`);
  }
  try {
    memberName(name);
    packageName(name, scope);
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(error.message);
    throw error;
  }
  const folder = out === undefined ? defaultFolder(name) : resolve(out);
  const files = await scaffold(kind, name, folder, scope);
  print(
    json ? JSON.stringify({ folder, files }) : `Wrote ${files.length} files to ${folder}

It works as it is:

  cd ${folder}
  deno task ok

Its comments say "Change here" where yours begins; README.md tells the rest.`,
  );
  return 0;
}

async function checkModule({ words: [module], json, environment }: Call): Promise<0 | 1> {
  const listedPlugins = await environment.plugins();
  // As it is listed, where it is: a list may say more than the module's name.
  const entry = listedPlugins.find(({ use }) => urlOf(use) === urlOf(module)) ??
    module;
  const checked = await loadPlugins([entry]);
  const conformance = await conformanceOf(module);
  const beside = (await loadPlugins(listedPlugins))
    .filter(({ id }) => !checked.some((plugin) => plugin.id === id));
  await using host = await Host.boot(
    [...beside, ...checked],
    { roots: await environment.roots(), trusted: true },
    { provider: environment.provider },
  );
  const plugins = [];
  for (const plugin of checked) {
    const members = await checkPlugin(plugin, host, partOf(conformance, plugin, host));
    plugins.push({ id: plugin.id, version: plugin.version, members });
  }
  const tally = tallied(plugins);
  print(json ? JSON.stringify({ ok: tally.failed === 0, ...tally, plugins }) : reportText(plugins));
  return tally.failed === 0 ? 0 : 1;
}

async function list({ json, environment }: Call): Promise<0> {
  const entries = new Map<string, PluginEntry>();
  const loaded = [];
  for (const entry of await environment.plugins()) {
    for (const plugin of await loadPlugins([entry])) {
      entries.set(plugin.id, entry);
      loaded.push(plugin);
    }
  }
  await using host = await Host.boot(loaded, { roots: await environment.roots(), trusted: true });
  const plugins = listed(host, entries);
  print(json ? JSON.stringify({ plugins: listJson(plugins) }) : listText(plugins));
  return 0;
}
