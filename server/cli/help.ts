/** Help texts of the command line: how commander lays them out, and how a flag of a schema is described. */

import { Help, type HelpConfiguration, type Option } from "commander";
import { expectation, type Flag, isSwitch } from "./flags.ts";

/** Terms that are longer than this push their description aside. */
const WIDTH = 34;

/** The layout: `--home DIR` without brackets, and in two columns however long a term is. */
export const HELP: HelpConfiguration = {
  showGlobalOptions: true,
  optionTerm: (option: Option & { readonly term?: string }) =>
    option.term ?? option.flags.replace(/[<>]/g, ""),
  subcommandTerm: (command) => command.name(),
  padWidth: (command, helper) =>
    Math.min(WIDTH, Help.prototype.padWidth.call(helper, command, helper)),
};

/** A flag with its placeholder, and what is to be known of it. */
export function describe(flag: Flag): [string, string] {
  const { name, schema } = flag;
  const value = isSwitch(flag) ? "" : ` ${placeholder(flag)}`;
  const notes = [
    schema.description,
    placeholder(flag) === "VALUE" && !isSwitch(flag) ? `expects ${expectation(schema)}` : undefined,
    range(flag),
    flag.required ? "required" : undefined,
    schema.default === undefined ? undefined : `default ${brief(schema.default)}`,
  ];
  const prefix = isSwitch(flag) && schema.default === true ? "--[no-]" : "--";
  return [`${prefix}${name}${value}`, notes.filter((note) => note).join("; ")];
}

/** What stands for a flag's value. */
export function placeholder(flag: Flag): string {
  const { schema } = flag;
  if (typeof schema.oneOf === "string") return "NAME|JSON";
  if (schema.enum) return schema.enum.join("|");
  if (isSwitch(flag)) return "";
  if (Array.isArray(schema.type) || schema.anyOf) return "VALUE";
  const names: Record<string, string> = {
    string: "TEXT",
    number: "NUMBER",
    integer: "N",
    array: "LIST",
    object: "JSON",
  };
  return names[String(schema.type)] ?? "VALUE";
}

function range({ schema: { minimum, maximum } }: Flag): string | undefined {
  const low = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const high = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (low !== undefined && high !== undefined) return `${low} to ${high}`;
  if (low !== undefined) return `from ${low}`;
  return high === undefined ? undefined : `up to ${high}`;
}

/** A default as one would type it: a choice by its name. */
function brief(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
    return value.join(",");
  }
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const bare = entries.length === 1 && JSON.stringify(entries[0][1]) === "{}";
  return bare ? entries[0][0] : JSON.stringify(value);
}

/** Rows in two columns. */
export function table(rows: readonly [string, string][]): string {
  const width = Math.min(WIDTH, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) =>
    left.length > width
      ? `  ${left}\n  ${" ".repeat(width)}  ${right}`
      : `  ${left.padEnd(width)}  ${right}`.trimEnd()
  ).join("\n");
}
