/** Whether a plugin can be set up here: its name, the API that it is written for, what it requires, its settings. */

import { PluginError } from "../errors.ts";
import { API_VERSION, type Plugin } from "./plugin.ts";
import { identityFault } from "./plugin_faults.ts";
import { validated } from "./plugin_options.ts";
import { inRange } from "./version_range.ts";

/** @throws {PluginError} When it cannot be set up with `all`, of which it is one. */
export function checkFit(plugin: Plugin, all: readonly Plugin[]): void {
  const odd = identityFault(plugin);
  if (odd !== undefined) throw new PluginError(plugin.id, odd);
  checkApiVersion(plugin);
  checkRequired(plugin, all);
}

function checkApiVersion({ id, apiVersion }: Plugin): void {
  const fits = inRange(API_VERSION, apiVersion);
  if (fits) return;
  const major = API_VERSION.split(".")[0];
  throw new PluginError(
    id,
    fits === undefined
      ? `has the apiVersion "${apiVersion}"; expected a range of versions, as "^${major}"`
      : `is written for API ${apiVersion}, this is ${API_VERSION}: update Countergrade, or use a version of the plugin for ^${major}`,
  );
}

/** @throws {PluginError} When a plugin that it requires is not listed before it, or has another version. */
function checkRequired({ id, requires = {} }: Plugin, all: readonly Plugin[]): void {
  const before = all.slice(0, all.findIndex((plugin) => plugin.id === id));
  for (const [other, range] of Object.entries(requires)) {
    const version = before.find((plugin) => plugin.id === other)?.version;
    if (version === undefined) {
      const listed = all.some((plugin) => plugin.id === other);
      throw new PluginError(
        id,
        `requires "${other}" ${range}, which is ${
          listed ? "listed after it: list it before" : "not listed: add it before this one"
        }`,
      );
    }
    if (!inRange(version, range)) {
      throw new PluginError(id, `requires "${other}" ${range}, it is ${version}`);
    }
  }
}

/** The options for a plugin's setup, from its settings. */
export async function settingsOf({ id, options, settings }: Plugin): Promise<unknown> {
  if (options) {
    try {
      return await validated(options, settings ?? {}, "its options");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PluginError(id, reason, { cause: error });
    }
  }
  if (settings === undefined) return undefined;
  throw new PluginError(id, "takes no options, the configuration gives some");
}
