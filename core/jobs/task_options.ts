/** What a task takes, as schemas that are made once: they name the members of a host, which are settled when it has booted. */

import { z } from "zod";
import type { OptionsSchema } from "../options_schema.ts";
import type { PluginHost } from "../job_context.ts";
import type { TaskPlugin } from "../task.ts";

const schemas = new WeakMap<PluginHost, WeakMap<TaskPlugin, OptionsSchema>>();
const written = new WeakMap<OptionsSchema, object>();

/**
 * The schema of a task's options on a host.
 *
 * @example
 * ```ts
 * import { BUILTINS, Host, loadPlugins, tasks } from "@countergrade/countergrade";
 * import { optionsOf } from "@countergrade/countergrade/jobs";
 * import { assertStrictEquals } from "@std/assert";
 *
 * await using host = await Host.boot(await loadPlugins([BUILTINS]));
 * const [task] = host.members(tasks);
 * assertStrictEquals(optionsOf(task, host), optionsOf(task, host));
 * ```
 */
export function optionsOf(task: TaskPlugin, host: PluginHost): OptionsSchema {
  const known = schemas.get(host) ?? new WeakMap<TaskPlugin, OptionsSchema>();
  schemas.set(host, known);
  const schema = known.get(task) ?? task.options(host);
  known.set(task, schema);
  return schema;
}

/** The same as JSON schema, as callers write it. */
export function optionsJsonOf(task: TaskPlugin, host: PluginHost): object {
  const schema = optionsOf(task, host);
  const json = written.get(schema) ??
    z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  written.set(schema, json);
  return json;
}
