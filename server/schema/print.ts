/** Writes the schema of the built-in plugins to `server/schema.graphql`: `deno task schema`. */

import { BUILTINS, Host, loadPlugins, tasks } from "@countergrade/countergrade";
import { printSchema } from "graphql";
import { createSchema } from "./schema.ts";

/** Where the schema is kept. */
export const SCHEMA_FILE = new URL("../schema.graphql", import.meta.url);

/** The schema of the built-in plugins in the schema definition language. */
export async function printBuiltinSchema(): Promise<string> {
  await using host = await Host.boot(await loadPlugins([BUILTINS]));
  const offered = host.members(tasks).filter(({ local }) => !local);
  return `${printSchema(createSchema(host, offered))}\n`;
}

if (import.meta.main) await Deno.writeTextFile(SCHEMA_FILE, await printBuiltinSchema());
