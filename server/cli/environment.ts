/** Where a command finds its files, and what computes: as flags and variables say. */

import { type PluginEntry, pluginList, type ProviderChoice } from "@countergrade/countergrade";
import { storeAt } from "@countergrade/countergrade/jobs";
import type { GlobalFlags } from "./arguments.ts";
import { UsageError } from "./flags.ts";

/** Folders are looked for when they are needed. */
export interface Environment {
  readonly home: string;
  /** Opens the store; undefined is the one in the home folder. */
  readonly store: ReturnType<typeof storeAt>;
  readonly provider: ProviderChoice;
  readonly models: () => Promise<string | undefined>;
  /** The modules that are loaded. */
  readonly plugins: () => Promise<PluginEntry[]>;
  readonly roots: () => Promise<string[]>;
}

/** The environment that flags ask for. */
export function environmentOf(globals: GlobalFlags): Environment {
  const { home, store, provider, models, data, plugins: list, configuration: config } = globals;
  return {
    home,
    // A job of the command line runs in the thread that gives the signs of life.
    store: storeAt(store, { lease: 120_000 }),
    provider,
    models: async () => models === undefined ? undefined : await folder("models", models),
    plugins: async () => await pluginList({ list, config }),
    roots: async () => data === undefined ? [] : [await folder("data", data)],
  };
}

async function folder(flag: string, path: string): Promise<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isDirectory) {
    throw new UsageError(`--${flag} expects a folder, there is none at "${path}"`);
  }
  return await Deno.realPath(path);
}
