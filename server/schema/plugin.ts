/** The plugins that are installed, and what they bring. */

import type { Host, Plugin } from "@countergrade/countergrade";
import { z } from "zod";
import type { SharedTypes } from "./shared_types.ts";

interface MemberInfo {
  family: string;
  name: string;
  description: string;
  /** Its schema, a function of the host that makes one, or something else. */
  options: unknown;
}

/** Adds `Plugin` and the query `plugins`. */
export function addPlugins({ builder }: SharedTypes): void {
  const member = builder.objectRef<MemberInfo>("Member").implement({
    description: "A part that a plugin brings.",
    fields: (t) => ({
      family: t.exposeString("family", { description: "As `probes`." }),
      name: t.exposeString("name", { description: "Its name in the family." }),
      description: t.exposeString("description", { description: "What it is, in a few words." }),
      optionsSchema: t.field({
        type: "JSON",
        nullable: true,
        description: "The JSON schema of its options; null where it has none of its own.",
        resolve: ({ options }, _args, { host }) => schemaOf(options, host),
      }),
    }),
  });
  const plugin = builder.objectRef<Plugin>("Plugin").implement({
    description: "An installed plugin.",
    fields: (t) => ({
      id: t.id({ description: "Its name, as that of a package.", resolve: ({ id }) => id }),
      version: t.exposeString("version", { description: "Its version." }),
      members: t.field({
        type: [member],
        description: "What it brings.",
        resolve: (plugin, _args, { host }) => membersOf(host, plugin),
      }),
    }),
  });
  builder.queryField("plugins", (t) =>
    t.field({
      type: [plugin],
      nullable: { list: true, items: false },
      description: "All installed plugins, in the order of their setup.",
      resolve: (_root, _args, { host }) => [...host.plugins],
    }));
}

function membersOf(host: Host, plugin: Plugin): MemberInfo[] {
  return host.families.flatMap((family) =>
    host.members(family)
      .filter(({ name }) => host.pluginOf(family, name) === plugin)
      .map((member) => ({
        family: family.name,
        name: member.name,
        description: "description" in member ? String(member.description) : "",
        options: "options" in member ? member.options : undefined,
      }))
  );
}

/** Members have a schema, tasks make one of the host, and families of third parties may have neither. */
function schemaOf(options: unknown, host: Host) {
  const schema = typeof options === "function" ? options(host) : options;
  if (!(schema instanceof z.ZodType)) return null;
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}
