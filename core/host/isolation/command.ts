/** The command that starts the process of an isolated plugin. */

import { fileURLToPath } from "node:url";
import type { PluginEntry } from "../configuration.ts";
import { PluginError } from "../../errors.ts";
import type { ProcessStart } from "./messages.ts";
import { PLUGIN_NEEDS } from "../plugin.ts";

/** The least memory that V8 gets, in MB: Deno does not start with much less. */
const LEAST_HEAP = 64;

/**
 * Deno itself, with the project's configuration, so that names mean the same there, and with what the plugin's thread needs and
 * `trust` grants.
 *
 * @throws {PluginError} When this process may not start another, or does not itself have a right that the plugin is trusted with.
 */
export function isolationCommand(
  module: string,
  { use, trust = [], seconds, megabytes }:
    & PluginEntry
    & Pick<ProcessStart, "seconds" | "megabytes">,
): { command: string; args: string[] } {
  const command = Deno.execPath();
  if (Deno.permissions.querySync({ name: "run", command }).state !== "granted") {
    throw new PluginError(
      use,
      `cannot be isolated: it needs a process of its own, which Deno may not start; allow it with --allow-run=${command}`,
    );
  }
  for (const need of trust) {
    if (Deno.permissions.querySync({ name: need }).state === "granted") continue;
    throw new PluginError(
      use,
      `is trusted with ${need}, which this process may not grant; start it with --allow-${need}`,
    );
  }
  const permissions: ProcessStart["permissions"] = trust.length
    ? Object.fromEntries(PLUGIN_NEEDS.map((need) => [need, trust.includes(need)]))
    : "none";
  const start: ProcessStart = { module, specifier: use, permissions, seconds, megabytes };
  const heap = Math.max(LEAST_HEAP, Math.floor(megabytes * 1e6 / 2 ** 20));
  const configuration = configurationFile();
  return {
    command,
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      ...(configuration ? ["--config", configuration] : []),
      `--v8-flags=--max-old-space-size=${heap}`,
      "--unstable-worker-options",
      // The process reads modules; its plugin's thread does not have this right.
      ...new Set(["read", ...trust].map((need) => `--allow-${need}`)),
      new URL("./process.ts", import.meta.url).href,
      JSON.stringify(start),
    ],
  };
}

/** Deno's configuration file of this process, as Deno finds it; in a worker, which cannot know, the one above this file. */
function configurationFile(): string | undefined {
  const main = Deno.mainModule as string | undefined;
  let folder = new URL(".", main?.startsWith("file:") ? main : import.meta.url);
  if (folder.protocol !== "file:") return undefined;
  while (true) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const file = new URL(name, folder);
      try {
        if (Deno.statSync(file).isFile) return fileURLToPath(file);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    const above = new URL("..", folder);
    if (above.href === folder.href) return undefined;
    folder = above;
  }
}
