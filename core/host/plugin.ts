/** What a plugin is: a plain object that adds members to families. */

import type { Family } from "../family.ts";
import type { StandardSchema } from "./plugin_options.ts";

/** The version of the plugin interface; plugins state the range that they were written for. */
export const API_VERSION = "1.0.0";

/** What a plugin's `setup` gets. */
export interface Registry {
  /** Adds a member to a family. @throws {PluginError} When the name is taken or the host is sealed. */
  add<Member extends { readonly name: string }>(family: Family<Member>, member: Member): void;
}

/** What of this machine a plugin may ask for beyond computing: names as Deno's permissions have them. */
export const PLUGIN_NEEDS = ["read", "write", "net", "env", "run", "ffi", "sys"] as const;

/** One of {@linkcode PLUGIN_NEEDS}. */
export type PluginNeed = typeof PLUGIN_NEEDS[number];

/** A plugin: a plain object. */
export interface Plugin<Options = unknown> extends Partial<AsyncDisposable> {
  /** Unique, as an npm name: `@countergrade/ordinal-probe`. */
  readonly id: string;
  /** Of the plugin itself, as 1.2.3: results carry it. */
  readonly version: string;
  /** The versions of {@linkcode API_VERSION} that it was written for, as `^1` or `>=1.2 <3`. */
  readonly apiVersion: string;
  /** Plugins that have to be listed before it, by id, with the range of versions: `{ "@me/scores": "^1.2" }`. */
  readonly requires?: Readonly<Record<string, string>>;
  /** The members that `setup` will add, by family: `{ probes: ["nearestCentroid"] }`. No more, no fewer. */
  readonly provides?: Readonly<Record<string, readonly string[]>>;
  /** What it cannot do without; the user grants it by name (`trust` in the configuration). */
  readonly needs?: readonly PluginNeed[];
  /** What the configuration may say to the plugin as a whole. */
  readonly options?: StandardSchema<Options>;
  /** What the configuration says: the input of `options`; default `{}`. */
  readonly settings?: unknown;
  /** Adds the members. `options` are checked and complete; undefined for a plugin that has none. */
  setup(registry: Registry, options: Options): void | Promise<void>;
}

/**
 * Marks an object as a plugin and checks its types: `setup` gets what `options` describes.
 *
 * @example
 * ```ts
 * import { definePlugin, Host, metrics } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const plugin = definePlugin({
 *   id: "frame-count",
 *   version: "1.0.0",
 *   apiVersion: "^1",
 *   provides: { metrics: ["frames"] },
 *   options: z.strictObject({ factor: z.number().default(1) }),
 *   setup(registry, { factor }) {
 *     registry.add(metrics, {
 *       name: "frames",
 *       description: "Number of frames, times a factor",
 *       measure: (path) => ({ frames: factor * path.frames.shape[0] }),
 *     });
 *   },
 * });
 * await using host = await Host.boot([{ ...plugin, settings: { factor: 2 } }]);
 * assertEquals(host.names(metrics), ["frames"]);
 * ```
 */
export function definePlugin<Options = void>(plugin: Plugin<Options>): Plugin<Options> {
  return plugin;
}
