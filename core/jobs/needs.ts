/** What a job needs of whoever runs it: plugins, data sets, a GPU. */

import { inRange } from "../host/version_range.ts";
import type { Host } from "../host/host.ts";
import { pluginsBehind } from "./provenance.ts";

/** Where graphs run without a GPU. */
const CPU = ["auto", "cpu"];

/**
 * What a task with these options needs: `plugin:<id>@<version>`, `dataset:<id>` of those that are there, `gpu` where the options ask
 * for one.
 */
export async function needsOf(host: Host, task: string, options: unknown): Promise<string[]> {
  const plugins = pluginsBehind(host, task, options)
    .map(({ id, version }) => `plugin:${id}@${version}`);
  const named = new Set(textsNamed("dataset", options));
  const there = named.size === 0 ? [] : (await host.discoverDatasets()).map(({ id }) => id);
  const datasets = there.filter((id) => named.has(id)).map((id) => `dataset:${id}`);
  const gpu = [...textsNamed("provider", options)].some((name) => !CPU.includes(name));
  return [...plugins, ...datasets, ...gpu ? ["gpu"] : []].sort();
}

/**
 * Whether a host has what is needed: each plugin in the same major version and no older, each data set, and a GPU where its own
 * provider is one.
 */
export async function offersOf(host: Host): Promise<(needs: readonly string[]) => boolean> {
  const datasets = new Set((await host.discoverDatasets()).map(({ id }) => id));
  const has: Record<string, (name: string) => boolean> = {
    plugin(name) {
      const at = name.lastIndexOf("@");
      const plugin = host.plugins.find(({ id }) => id === name.slice(0, at));
      const version = name.slice(at + 1);
      return plugin !== undefined &&
        (plugin.version === version || inRange(plugin.version, `^${version}`) === true);
    },
    dataset: (id) => datasets.has(id),
    gpu: () => !CPU.includes(host.provider),
  };
  return (needs) =>
    needs.every((need) => {
      const [kind] = need.split(":", 1);
      return has[kind]?.(need.slice(kind.length + 1)) ?? false;
    });
}

/** The texts that options have under a name, however deep. */
function* textsNamed(name: string, value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    if (key === name && typeof part === "string") yield part;
    else yield* textsNamed(name, part);
  }
}
