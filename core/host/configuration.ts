/** The file countergrade.json: which plugins are loaded, with which options and rights. Nothing else is. */

import { z } from "zod";
import { InputError, NotFoundError } from "../errors.ts";
import { PLUGIN_NEEDS, type PluginNeed } from "./plugin.ts";

/** The name under which the configuration is looked for in the working folder. */
export const CONFIGURATION_FILE = "countergrade.json";

/** One line of the list of plugins. */
export interface PluginEntry {
  /** `builtins`, `npm:name@1.2.3`, `jsr:@scope/name@1.2.3`, a `file:` URL, or a path. */
  readonly use: string;
  /** What the plugin's own `options` describe. */
  readonly options?: unknown;
  /** Whether it runs in a process of its own and may do nothing but compute; default false. */
  readonly isolated?: boolean;
  /** What it may do all the same, of what it says that it `needs`. */
  readonly trust?: readonly PluginNeed[];
  /** Of an isolated plugin: the longest that one call may take, in s; default 60. */
  readonly seconds?: number;
  /** Of an isolated plugin: the most that it may keep in memory, in MB; default 1,024. */
  readonly megabytes?: number;
}

const Entry: z.ZodType<PluginEntry> = z.strictObject({
  use: z.string().min(1).describe("builtins, npm:name@1.2.3, jsr:@scope/name@1.2.3, or a path"),
  options: z.unknown().optional().describe("What the plugin's own options describe"),
  isolated: z.boolean().optional()
    .describe("Run it in a process of its own that may do nothing but compute; default false"),
  trust: z.array(z.enum(PLUGIN_NEEDS)).optional().describe("What it may do all the same"),
  seconds: z.number().positive().max(86_400).optional()
    .describe("The longest that one call of an isolated plugin may take; default 60"),
  megabytes: z.number().positive().optional()
    .describe("The most that an isolated plugin may keep in memory; default 1024"),
}).refine(
  ({ isolated, seconds, megabytes }) =>
    isolated === true || (seconds === undefined && megabytes === undefined),
  { message: "seconds and megabytes are limits of an isolated plugin; set isolated to true" },
);

const Configuration = z.strictObject({
  $schema: z.string().optional(),
  plugins: z.array(z.union([z.string().min(1), Entry], {
    error: "expected a module's name, or an object with `use`",
  })).min(1).describe("The plugins to load, in this order; nothing else is loaded"),
});

/**
 * The plugins that a configuration file lists. Paths in it start from its own folder.
 *
 * @throws {NotFoundError} When there is no such file.
 * @throws {InputError} When it is no JSON, or has a key or a value that nobody knows, saying which.
 */
export async function readConfiguration(path: string): Promise<PluginEntry[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new NotFoundError("configuration", path);
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`Cannot read ${path}: ${reason}`, [], { cause: error });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`Cannot read ${path}: ${(error as Error).message}`, [], { cause: error });
  }
  const parsed = Configuration.safeParse(json);
  if (!parsed.success) {
    const { path: keys, message } = deepest(parsed.error.issues[0]);
    throw new InputError(
      `Cannot read ${path}: ${keys.join(".") || "configuration"}: ${message}`,
      keys.map((key) => typeof key === "number" ? key : String(key)),
    );
  }
  const folder = new URL(".", new URL(path, `file://${Deno.cwd()}/`));
  return parsed.data.plugins.map((line) => {
    const entry = typeof line === "string" ? { use: line } : line;
    const use = /^\.{0,2}\//.test(entry.use) ? new URL(entry.use, folder).href : entry.use;
    return { ...entry, use };
  });
}

/** The configuration file of a folder, if there is one. */
export async function findConfiguration(folder: string = Deno.cwd()): Promise<string | undefined> {
  const path = `${folder}/${CONFIGURATION_FILE}`;
  const info = await Deno.stat(path).catch(() => undefined);
  return info?.isFile ? path : undefined;
}

/** Of an issue about alternatives, that of the alternative which came furthest: it says what is wrong with the object. */
function deepest(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string } {
  if (issue.code !== "invalid_union") return issue;
  const [inner] = issue.errors.map(([first]) => first)
    .filter((first) => first !== undefined && (first.path.length || first.code !== "invalid_type"));
  return inner ? { path: [...issue.path, ...inner.path], message: inner.message } : issue;
}
