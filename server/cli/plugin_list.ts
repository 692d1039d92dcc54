/** `plugin list`: the plugins of a host, where they come from, what they bring, and the options of each part. */

import { z } from "zod";
import {
  type Host,
  type Plugin,
  type PluginEntry,
  type TaskPlugin,
  tasks,
} from "@countergrade/countergrade";
import { type Flag, flagsOf, optionsSchema, type Schema } from "./flags.ts";
import { describe, table } from "./help.ts";

/** A plugin in the list. */
export interface ListedPlugin {
  readonly plugin: Plugin;
  /** The line of the list of plugins that it was loaded by: the module, and its rights. */
  readonly entry: PluginEntry;
  readonly members: readonly ListedMember[];
}

/** A part that a plugin brings. */
export interface ListedMember {
  readonly family: string;
  readonly name: string;
  readonly description: string;
  readonly options: readonly Flag[];
}

/** The plugins of a host in the order of their setup; `entries` tells the line of each by its id. */
export function listed(host: Host, entries: ReadonlyMap<string, PluginEntry>): ListedPlugin[] {
  return host.plugins.map((plugin) => ({
    plugin,
    entry: entries.get(plugin.id) ?? { use: "" },
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
  return schemaFrom("options" in member ? member.options : undefined);
}

function schemaFrom(options: unknown): Schema {
  if (!(options instanceof z.ZodType)) return {};
  return z.toJSONSchema(options, { io: "input", unrepresentable: "any" }) as Schema;
}

/** The list as plain JSON. */
export function listJson(plugins: readonly ListedPlugin[]): unknown {
  return plugins.map(({ plugin, entry, members }) => ({
    id: plugin.id,
    version: plugin.version,
    apiVersion: plugin.apiVersion,
    from: entry.use,
    needs: plugin.needs ?? [],
    trust: entry.trust ?? [],
    isolated: entry.isolated ?? false,
    options: optionsOf(flagsOf(schemaFrom(plugin.options))),
    members: members.map(({ options, ...member }) => ({
      ...member,
      options: optionsOf(options),
    })),
  }));
}

function optionsOf(flags: readonly Flag[]): unknown {
  return flags.map(({ property, required, schema }) => ({
    name: property,
    description: schema.description,
    required,
    default: schema.default,
  }));
}

/** The list as a text to read. */
export function listText(plugins: readonly ListedPlugin[]): string {
  return plugins.map(({ plugin, entry, members }) => {
    const title = [
      `${plugin.id} ${plugin.version}`,
      `API ${plugin.apiVersion}`,
      `from ${entry.use}`,
      ...rightsOf(plugin, entry),
    ].join(", ");
    const own = flagsOf(schemaFrom(plugin.options));
    return [
      title,
      ...(own.length ? [`  in the configuration:\n${optionRows(own)}`] : []),
      ...members.map(memberText),
    ].join("\n");
  }).join("\n\n");
}

/** What a plugin may do beyond computing. */
function rightsOf({ needs = [] }: Plugin, { isolated, trust = [] }: PluginEntry): string[] {
  return [
    ...(needs.length ? [`needs ${needs.join(" ")}`] : []),
    ...(trust.length ? [`trusted with ${trust.join(" ")}`] : []),
    ...(isolated ? ["isolated in a process"] : []),
  ];
}

function memberText({ family, name, description, options }: ListedMember): string {
  const title = `  ${family}: ${name}, ${description}`;
  return options.length ? `${title}\n${optionRows(options)}` : title;
}

function optionRows(options: readonly Flag[]): string {
  return table(
    options.map(describe).map(([left, right]): [string, string] => [
      `  ${left}`,
      right,
    ]),
  );
}
