/** Help texts of the command line, from the tasks and their schemas. */

import type { TaskPlugin } from "@countergrade/countergrade";
import { GLOBAL_FLAGS } from "./arguments.ts";
import { expectation, type Flag, flagsOf, isChoice, isSwitch, kebab } from "./flags.ts";

/** The help of the command itself: all sub-commands. */
export function overview(tasks: readonly TaskPlugin[]): string {
  const commands = tasks.map((
    { name, description },
  ): [string, string] => [kebab(name), description]);
  return `Usage: countergrade COMMAND [FLAGS]

Commands:
${
    table([
      ...commands,
      [
        "serve",
        "Start the server with API and page; serve --help shows its flags",
      ],
      ["plugin", "List, check or begin plugins; plugin --help shows how"],
      [
        "key",
        "Make a key for the server's API; key --help shows how",
      ],
    ])
  }

Flags of every command:
${globalFlags()}

countergrade COMMAND --help shows the flags of a command.
Exit codes: 0 done, 1 failed or cancelled, 2 wrong command line.
`;
}

/** The help of one sub-command. */
export function commandHelp(task: TaskPlugin, flags: readonly Flag[]): string {
  const hasChoice = flags.some(isChoice);
  const required = flags.filter((flag) => flag.required).map((flag) => ` --${flag.name} …`).join(
    "",
  );
  const rows = flags.flatMap((flag) => [describe(flag), ...members(flag)]);
  const json = hasChoice ? "the options of what was chosen by its name" : "the options in one";
  if (!flags.some(({ name }) => name === "options")) {
    rows.push(["--options JSON", `${json}, as a JSON object`]);
  }
  return `Usage: countergrade ${kebab(task.name)}${required} [FLAGS]

${task.description}

Options:
${table(rows)}

Flags of every command:
${globalFlags()}
`;
}

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

/** The members of a choice, each with its own flags. */
function members(flag: Flag): [string, string][] {
  if (!isChoice(flag)) return [];
  return Object.entries(flag.schema.properties ?? {}).flatMap(([name, member]) => [
    [`  ${name}:`, member.description ?? ""],
    ...flagsOf(member).map((inner): [string, string] => {
      const [left, right] = describe(inner);
      return [`    ${left}`, right];
    }),
  ]);
}

function placeholder(flag: Flag): string {
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

function globalFlags(): string {
  return table(
    Object.entries(GLOBAL_FLAGS).map((
      [name, [value, help]],
    ) => [`--${name}${value ? ` ${value}` : ""}`, help]),
  );
}

/** Rows in two columns. */
export function table(rows: readonly [string, string][]): string {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) =>
    left.length > width
      ? `  ${left}\n  ${" ".repeat(width)}  ${right}`
      : `  ${left.padEnd(width)}  ${right}`.trimEnd()
  ).join("\n");
}
