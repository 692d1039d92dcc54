/** `plugin list`: the plugins of a host, where they come from, what they bring, and the options of each part. */

import { z } from "zod";
import { type Host, type Plugin, type TaskPlugin, tasks } from "@countergrade/countergrade";
import { type Flag, flagsOf, optionsSchema, type Schema } from "./cli_flags.ts";
import { describe, table } from "./cli_help.ts";

/** A plugin in the list. */
export interface ListedPlugin {
  readonly plugin: Plugin;
  /** The module that it was loaded from. */
  readonly from: string;
  readonly members: readonly ListedMember[];
}

/** A part that a plugin brings. */
export interface ListedMember {
  readonly family: string;
  readonly name: string;
  readonly description: string;
  readonly options: readonly Flag[];
}

/** The plugins of a host in the order of their setup; `from` tells the module of each by its id. */
export function listed(host: Host, from: ReadonlyMap<string, string>): ListedPlugin[] {
  return host.plugins.map((plugin) => ({
    plugin,
    from: from.get(plugin.id) ?? "",
    members: host.families.flatMap((family) =>
      host.members(family).filter(({ name }) => host.pluginOf(family, name).id === plugin.id)
        .map((member) => ({
          family: family.name,
          name: member.name,
          description: "description" in member ? String(member.description) : "",
          options: flagsOf(schemaOf(host, family.name, member)),
        }))
    ),
  }));
}

/** The JSON schema of a member's options; of one that has none an empty one. */
function schemaOf(host: Host, family: string, member: object): Schema {
  if (family === tasks.name) return optionsSchema(member as TaskPlugin, host);
  if (!("options" in member && member.options instanceof z.ZodType)) return {};
  return z.toJSONSchema(member.options, { io: "input", unrepresentable: "any" }) as Schema;
}

/** The list as plain JSON. */
export function listJson(plugins: readonly ListedPlugin[]): unknown {
  return plugins.map(({ plugin, from, members }) => ({
    id: plugin.id,
    version: plugin.version,
    apiVersion: plugin.apiVersion,
    from,
    ...("needs" in plugin && { needs: plugin.needs }),
    members: members.map(({ options, ...member }) => ({
      ...member,
      options: options.map(({ property, required, schema }) => ({
        name: property,
        description: schema.description,
        required,
        default: schema.default,
      })),
    })),
  }));
}

/** The list as a text to read. */
export function listText(plugins: readonly ListedPlugin[]): string {
  return plugins.map(({ plugin, from, members }) => {
    const needs = "needs" in plugin ? `, needs ${[plugin.needs].flat().join(", ")}` : "";
    const title = `${plugin.id} ${plugin.version}, API ${plugin.apiVersion}, from ${from}${needs}`;
    return [title, ...members.map(memberText)].join("\n");
  }).join("\n\n");
}

function memberText({ family, name, description, options }: ListedMember): string {
  const title = `  ${family}: ${name}, ${description}`;
  const rows = options.map(describe).map(([left, right]): [string, string] => [
    `  ${left}`,
    right,
  ]);
  return rows.length ? `${title}\n${table(rows)}` : title;
}
