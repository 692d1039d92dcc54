/** `countergrade plugin …`: begin a plugin, check what it promises, list those that are loaded. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  Host,
  InputError,
  loadPlugins,
  type PluginEntry,
  type ProviderChoice,
} from "@countergrade/countergrade";
import { checkPlugin } from "@countergrade/countergrade/testing";
import { UsageError } from "./flags.ts";
import { table } from "./help.ts";
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

/** What the flags and variables of all commands say. */
export interface PluginEnvironment {
  readonly home: string;
  /** The modules that are loaded. */
  readonly plugins: readonly PluginEntry[];
  readonly provider: ProviderChoice;
  readonly roots: () => Promise<string[]>;
}

/** A sub-command's arguments, without its own name. */
interface Call {
  readonly words: readonly string[];
  readonly out?: string;
  readonly scope?: string;
  readonly json: boolean;
  readonly environment: PluginEnvironment;
}

interface Command {
  readonly usage: string;
  readonly help: string;
  /** How many words it takes. */
  readonly words: number;
  run(call: Call): Promise<0 | 1>;
}

const print = (text: string) => console.log(text);

const COMMANDS: Readonly<Record<string, Command>> = {
  new: {
    usage: "new KIND NAME [--scope SCOPE] [--out DIR]",
    help: `Write a folder with a small plugin that works; KIND is ${Object.keys(KINDS).join(", ")}`,
    words: 2,
    run: begin,
  },
  check: {
    usage: "check MODULE",
    help: "Run the conformance suites of all members of a plugin, and report",
    words: 1,
    run: checkModule,
  },
  list: {
    usage: "list",
    help: "Tell which plugins are loaded, from where, and what they bring",
    words: 0,
    run: list,
  },
};

/** Runs `plugin` with the arguments behind it. @throws {UsageError} When they are wrong. */
export async function runPluginCommand(
  args: readonly string[],
  environment: PluginEnvironment,
): Promise<0 | 1 | 2> {
  const { words: [name, ...words], out, scope, json, help } = read(args);
  if (help || name === undefined) {
    print(HELP);
    return help ? 0 : 2;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    const known = Object.keys(COMMANDS).join(", ");
    throw new UsageError(`Unknown command plugin ${name}; known: ${known}`);
  }
  if (words.length !== command.words) throw new UsageError(`Usage: plugin ${command.usage}`);
  return await command.run({ words, out, scope, json, environment });
}

const HELP = `Usage: countergrade plugin COMMAND [FLAGS]

Commands:
${table(Object.values(COMMANDS).map(({ usage, help }): [string, string] => [usage, help]))}

Flags:
${
  table([
    ["--plugins LIST", "modules of plugins, comma-separated; default builtins"],
    ["--configuration FILE", "a list of plugins with options and rights, as countergrade.json"],
    ["--data DIR", "where data sets are looked for"],
    ["--out DIR", "of new: the folder to write"],
    ["--scope SCOPE", `of new: yours at a registry, as my-lab; default ${DEFAULT_SCOPE}`],
    ["--json", "print one JSON object on stdout and nothing else"],
  ])
}

A module is npm:name@1.2.3, jsr:@scope/name@1.2.3, a file: URL or a path.
Exit codes: 0 done, 1 failed (check: a promise is broken), 2 wrong command line.
`;

function read(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: flag,
        help: { ...flag, short: "h" },
        out: text,
        scope: text,
        data: text,
        home: text,
        models: text,
        plugins: text,
        provider: text,
        configuration: text,
      },
    });
    return { words: positionals, ...values };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
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
  // As it is listed, where it is: a list may say more than the module's name.
  const entry = environment.plugins.find(({ use }) => urlOf(use) === urlOf(module)) ??
    module;
  const checked = await loadPlugins([entry]);
  const conformance = await conformanceOf(module);
  const beside = (await loadPlugins(environment.plugins))
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
  for (const entry of environment.plugins) {
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
