/** Which plugins had a part in a result: the task's own, and those of the members that the options name. */

import { PluginError } from "../errors.ts";
import type { Family } from "../family.ts";
import type { Artifact, PluginHost, PluginIdentity } from "../job_context.ts";
import { optionsJsonOf } from "./task_options.ts";
import { tasks } from "../task.ts";

/** A JSON schema, as far as it is looked at here. `oneOf` is a family's name, see {@linkcode PluginHost.choice}. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: unknown;
}

/** The plugins behind a task with these options, each once, the task's first. */
export function pluginsBehind(
  host: PluginHost,
  task: string,
  options: unknown,
): PluginIdentity[] {
  const schema = optionsJsonOf(host.member(tasks, task), host) as Schema;
  const found = new Set<PluginIdentity>([
    host.pluginOf(tasks, task),
  ]);
  for (const plugin of chosen(host, schema, options)) found.add(plugin);
  return [...found].map(({ id, version }) => ({ id, version }));
}

/**
 * The member of a family that an artifact is used with, as the probe plugin that loads a stored probe.
 *
 * @throws {PluginError} When it is gone, naming the plugins of the artifact that are not loaded.
 * @throws {NotFoundError} When it is gone though they are all loaded.
 */
export function memberFor<Member extends { readonly name: string }>(
  host: PluginHost,
  family: Family<Member>,
  name: string,
  { id, provenance }: Pick<Artifact, "id" | "provenance">,
): Member {
  const missing = provenance.plugins.filter(({ id }) =>
    !host.plugins.some((plugin) => plugin.id === id)
  );
  if (host.names(family).includes(name) || missing.length === 0) return host.member(family, name);
  const versions = missing.map(({ id, version }) => `${id} ${version}`).join(", ");
  throw new PluginError(
    missing[0].id,
    `is not loaded, and "${name}" of ${family.name}, which ${id} needs, is missing; it was made with ${versions}`,
  );
}

function* chosen(
  host: PluginHost,
  schema: Schema | undefined,
  value: unknown,
): Generator<PluginIdentity> {
  if (Array.isArray(value)) {
    for (const item of value) yield* chosen(host, schema?.items, item);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    const family = host.families.find(({ name }) => name === schema?.oneOf);
    if (family && part !== undefined && host.names(family).includes(key)) {
      yield host.pluginOf(family, key);
    }
    yield* chosen(host, schema?.properties?.[key], part);
  }
}
