/** Loading plugins by the configuration's allow-list: npm packages, jsr packages, files. */

import { InputError, PluginError } from "./errors.ts";
import type { Plugin } from "./plugin.ts";

/** The module of the built-in plugins; `builtins` in a list stands for it. */
export const BUILTINS = "@countergrade/countergrade/plugins";

/**
 * Imports the plugins of modules, in order. A module exports a plugin or an array of plugins as `default` or `builtins`.
 *
 * A specifier is `builtins`, `npm:name@1.2.3`, `jsr:@scope/name@1.2.3`, a `file:` URL, or a path (from the working folder).
 *
 * @throws {InputError} When a specifier is of another form: nothing is loaded from the web.
 * @throws {PluginError} Naming the module that cannot be imported or exports no plugin.
 */
export async function loadPlugins(specifiers: readonly string[]): Promise<Plugin[]> {
  const loaded: Plugin[] = [];
  for (const specifier of specifiers) {
    let module: { default?: unknown; builtins?: unknown };
    const url = resolve(specifier);
    try {
      module = await import(url);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PluginError(specifier, `cannot be imported: ${reason}`, { cause: error });
    }
    const plugins = [module.default ?? module.builtins].flat();
    if (!plugins.every(isPlugin)) {
      throw new PluginError(specifier, "exports no plugin; expected one, or an array, as default");
    }
    loaded.push(...plugins);
  }
  return loaded;
}

function resolve(specifier: string): string {
  if (specifier === "builtins" || specifier === BUILTINS) return BUILTINS;
  if (/^(npm|jsr|file):/.test(specifier)) return specifier;
  if (/^[a-z][a-z0-9+.-]+:/i.test(specifier)) {
    throw new InputError(
      `Cannot load plugin "${specifier}": expected npm:, jsr:, file: or a path, nothing from the web`,
    );
  }
  return new URL(specifier, `file://${Deno.cwd()}/`).href;
}

function isPlugin(value: unknown): value is Plugin {
  const plugin = value as Partial<Plugin> | null | undefined;
  return typeof plugin?.id === "string" && typeof plugin.setup === "function";
}
