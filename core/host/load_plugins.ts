/** Loading plugins by the configuration's allow-list: npm packages, jsr packages, files. */

import { findConfiguration, type PluginEntry, readConfiguration } from "./configuration.ts";
import { InputError, PluginError } from "../errors.ts";
import { guarded } from "./guarded_plugin.ts";
import { isolatedPlugins } from "./isolation/plugin.ts";
import type { Plugin } from "./plugin.ts";
import { type PluginModule, pluginsOf } from "./plugin_module.ts";

/** The module of the built-in plugins; `builtins` in a list stands for it. */
export const BUILTINS = "@countergrade/countergrade/plugins";

/**
 * The list of plugins to load: `list` (comma-separated modules) where it is given, else that of the file `config`, else that of
 * countergrade.json in the working folder, else the built-ins.
 *
 * @throws {NotFoundError} When there is no file `config`.
 * @throws {InputError} When a configuration cannot be read.
 */
export async function pluginList(
  { list, config }: { list?: string; config?: string },
): Promise<PluginEntry[]> {
  if (list?.trim()) return list.split(",").map((use) => ({ use: use.trim() }));
  const file = config ?? await findConfiguration();
  return file === undefined ? [{ use: BUILTINS }] : await readConfiguration(file);
}

/**
 * Imports the plugins of modules, in order. A module exports a plugin or an array of plugins as `default` or `builtins`.
 *
 * A specifier is `builtins`, `npm:name@1.2.3`, `jsr:@scope/name@1.2.3`, a `file:` URL, or a path (from the working folder). A
 * package is named with its exact version, and Deno compares its content with the lock file of the project. What is not
 * built in is checked at work: what it returns has the shape, the type and the numbers that its family promises.
 *
 * @param fresh Any text that has not been used before: files are imported anew, as they are now.
 * @throws {InputError} When a specifier is of another form: nothing is loaded from the web.
 * @throws {PluginError} Naming the module that cannot be imported, exports no plugin, or needs a right that it is not given.
 */
export async function loadPlugins(
  entries: readonly (string | PluginEntry)[],
  { fresh }: { fresh?: string } = {},
): Promise<Plugin[]> {
  const loaded: Plugin[] = [];
  try {
    for (const line of entries) {
      const entry = typeof line === "string" ? { use: line } : line;
      const url = resolve(entry.use);
      const version = fresh !== undefined && url.startsWith("file:") ? `${url}?${fresh}` : url;
      const plugins = entry.isolated
        ? await isolate(entry, version)
        : (await imported(entry.use, version)).map((plugin) => withSettings(plugin, entry));
      const own = url === BUILTINS;
      loaded.push(
        ...(own ? plugins : plugins.map((plugin) => guarded(plugin, { copies: entry.isolated }))),
      );
      if (!own) { for (const plugin of plugins) checkTrust(plugin, entry); }
    }
  } catch (error) {
    for (const plugin of loaded) await plugin[Symbol.asyncDispose]?.();
    throw error;
  }
  return loaded;
}

async function imported(specifier: string, url: string): Promise<Plugin[]> {
  let module: PluginModule;
  try {
    module = await import(url);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PluginError(specifier, `cannot be imported: ${reason}`, { cause: error });
  }
  return pluginsOf(module, specifier);
}

async function isolate(entry: PluginEntry, url: string): Promise<Plugin[]> {
  if (url === BUILTINS) {
    throw new InputError("Cannot isolate the built-in plugins: some are native code");
  }
  return await isolatedPlugins(url, entry);
}

function withSettings(plugin: Plugin, { options }: PluginEntry): Plugin {
  return options === undefined ? plugin : { ...plugin, settings: options };
}

/** Rights are granted by name: who reads the list sees what a plugin can do. */
function checkTrust({ id, needs = [] }: Plugin, { use, trust = [] }: PluginEntry): void {
  const lacking = needs.filter((need) => !trust.includes(need));
  if (!lacking.length) return;
  const grant = JSON.stringify({ use, trust: [...new Set([...trust, ...needs])] });
  throw new PluginError(
    id,
    `needs ${
      lacking.join(", ")
    }, which it is not trusted with; if you do trust it, write ${grant} in countergrade.json`,
  );
}

function resolve(specifier: string): string {
  if (specifier === "builtins" || specifier === BUILTINS) return BUILTINS;
  if (/^(npm|jsr):/.test(specifier)) {
    if (/^(npm|jsr):\/?(@[^@/]+\/)?[^@/]+@\d+\.\d+\.\d+([-+][\w.+-]+)?(\/.*)?$/.test(specifier)) {
      return specifier;
    }
    throw new InputError(
      `Cannot load plugin "${specifier}": expected an exact version, as npm:name@1.2.3`,
    );
  }
  if (/^file:/.test(specifier)) return specifier;
  if (/^[a-z][a-z0-9+.-]+:/i.test(specifier)) {
    throw new InputError(
      `Cannot load plugin "${specifier}": expected npm:, jsr:, file: or a path, nothing from the web`,
    );
  }
  return new URL(specifier, `file://${Deno.cwd()}/`).href;
}
