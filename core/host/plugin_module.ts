/** What the module of a plugin exports. */

import { PluginError } from "../errors.ts";
import type { Plugin } from "./plugin.ts";

/** What is looked at in a module. */
export interface PluginModule {
  readonly default?: unknown;
  readonly builtins?: unknown;
}

/** The plugins of a module. @throws {PluginError} When it exports something else. */
export function pluginsOf(module: PluginModule, specifier: string): Plugin[] {
  const plugins = [module.default ?? module.builtins].flat();
  if (plugins.every(isPlugin)) return plugins;
  throw new PluginError(specifier, "exports no plugin; expected one, or an array, as default");
}

function isPlugin(value: unknown): value is Plugin {
  const plugin = value as Partial<Plugin> | null | undefined;
  return typeof plugin?.id === "string" && typeof plugin.setup === "function";
}
