/** Command line flags from a task's option schema, and the options from the flags. */

import { z } from "zod";
import type { Host, TaskPlugin } from "@countergrade/countergrade";

/** What of a JSON schema the command line looks at. `oneOf` is a family's name, see `Host.choice`. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly oneOf?: unknown;
  /** Marks a result's field that holds the id of an artifact. */
  readonly artifact?: unknown;
}

/** The command line is wrong; the message says how it should be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A flag of a sub-command. */
export interface Flag {
  /** Kebab-case, without the dashes. */
  readonly name: string;
  readonly property: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** `trainProbe` as `train-probe`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The JSON schema of a task's options, as the caller writes them. */
export function optionsSchema(task: TaskPlugin, host: Host): Schema {
  return z.toJSONSchema(task.options(host), { io: "input", unrepresentable: "any" }) as Schema;
}

/** The flags of a schema, in its order. */
export function flagsOf(schema: Schema): Flag[] {
  return Object.entries(schema.properties ?? {}).map(([property, schema_]) => ({
    name: kebab(property),
    property,
    schema: schema_,
    required: schema.required?.includes(property) ?? false,
  }));
}

/** An option of a member of a choice, as a flag of its own: `--steps 10` for `--encoder '{"dae": {"steps": 10}}'`. */
export interface InnerFlag extends Flag {
  readonly choice: Flag;
}

/** The options of all members of the choices, without those that have the name of a flag. */
export function innerFlagsOf(flags: readonly Flag[]): InnerFlag[] {
  return flags.filter(isChoice).flatMap((choice) =>
    Object.values(choice.schema.properties ?? {}).flatMap(flagsOf).map((flag) => ({
      ...flag,
      choice,
    }))
  ).filter(({ name }) => !flags.some((flag) => flag.name === name));
}

/** Whether a flag names a member of a family. */
export function isChoice({ schema }: Flag): boolean {
  return typeof schema.oneOf === "string";
}

/** Whether a flag needs no value. */
export function isSwitch({ schema }: Flag): boolean {
  return schema.type === "boolean";
}

/**
 * A flag's value from its text: a number, a list (`0,1,2` or JSON), JSON for objects, the bare name of a choice.
 *
 * @throws {UsageError} Saying what the flag expects.
 */
export function valueOf(flag: Flag, text: string): unknown {
  const value = read(flag.schema, text);
  if (value !== undefined) return value;
  throw new UsageError(`--${flag.name} expects ${expectation(flag.schema)}, not "${text}"`);
}

function read(schema: Schema, text: string): unknown {
  if (typeof schema.oneOf === "string") return readChoice(schema, text);
  if (schema.enum) return schema.enum.find((member) => String(member) === text);
  if (schema.anyOf) {
    return schema.anyOf.map((option) => read(option, text)).find((value) => value !== undefined);
  }
  for (const type of [schema.type ?? "any"].flat()) {
    const value = READERS[type]?.(text, schema);
    if (value !== undefined) return value;
  }
}

/** How texts become values of a type; undefined where they cannot. */
const READERS: Record<string, (text: string, schema: Schema) => unknown> = {
  string: (text) => text,
  number: readNumber,
  integer: readNumber,
  boolean: (text) => ({ true: true, false: false } as Record<string, boolean>)[text],
  null: (text) => text === "null" ? null : undefined,
  array: readList,
  object: (text) => text.trimStart().startsWith("{") ? readJson(text) : undefined,
  any: (text) => readJson(text) ?? text,
};

function readNumber(text: string): number | undefined {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? undefined : value;
}

function readList(text: string, { items = {} }: Schema): unknown[] | undefined {
  if (text.trimStart().startsWith("[")) return readJson(text) as unknown[] | undefined;
  const values = text.split(",").map((part) => read(items, part.trim()));
  return values.includes(undefined) ? undefined : values;
}

function readChoice(schema: Schema, text: string): unknown {
  if (text.trimStart().startsWith("{")) return readJson(text);
  return schema.properties && text in schema.properties ? { [text]: {} } : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a schema expects, in words. */
export function expectation(schema: Schema): string {
  if (typeof schema.oneOf === "string") {
    const names = Object.keys(schema.properties ?? {});
    if (names.length === 0) return `a member of ${schema.oneOf}; no plugin offers one`;
    return `one of ${names.join(", ")}, or JSON as {"${names[0] ?? "name"}": {…}}`;
  }
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  if (schema.items?.enum || schema.items?.oneOf) {
    return `a list (with commas between, or JSON), each ${expectation(schema.items)}`;
  }
  if (schema.anyOf) return schema.anyOf.map(expectation).join(" or ");
  return [schema.type ?? "any"].flat().map((type) => WORDS[type] ?? type).join(" or ");
}

const WORDS: Record<string, string> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list (as 0,1,2 or JSON)",
  object: "JSON",
  any: "a value",
};

/**
 * The options from what the flags gave, with `--options JSON` laid in: the options of the one choice that was given by its
 * bare name; of the only choice there is; or of the task itself when it has no choice.
 *
 * @throws {UsageError} When it is not clear what the JSON belongs to.
 */
export function withOptions(
  flags: readonly Flag[],
  values: Record<string, unknown>,
  json: string | undefined,
): Record<string, unknown> {
  if (json === undefined) return values;
  const extra = readJson(json);
  if (typeof extra !== "object" || extra === null || Array.isArray(extra)) {
    throw new UsageError(`--options expects a JSON object, not "${json}"`);
  }
  const choices = flags.filter(isChoice);
  if (choices.length === 0) return { ...extra, ...values };
  const bare = choices.filter(({ property }) => isBare(values[property]));
  const [flag, second] = bare.length ? bare : choices;
  if (second) {
    throw new UsageError(
      `--options may belong to --${flag.name} or --${second.name}: ` +
        `write it into one of them, as --${flag.name} '{"name": {…}}'`,
    );
  }
  return { ...values, [flag.property]: extended(flag, values[flag.property], extra, "options") };
}

/**
 * The options from what the flags gave, with one option of a choice's member set.
 *
 * @throws {UsageError} When nothing is chosen, or what is chosen has no such option.
 */
export function withInner(
  values: Record<string, unknown>,
  { choice, property, name }: InnerFlag,
  value: unknown,
): Record<string, unknown> {
  const choice_ = extended(choice, values[choice.property], { [property]: value }, name);
  const [member] = Object.keys(choice_);
  if (!(property in (choice.schema.properties?.[member]?.properties ?? {}))) {
    throw new UsageError(`--${name} is no option of --${choice.name} ${member}`);
  }
  return { ...values, [choice.property]: choice_ };
}

/** A choice, or its default, with more options. */
function extended(
  flag: Flag,
  value: unknown,
  extra: object,
  name: string,
): Record<string, unknown> {
  const chosen = (value ?? flag.schema.default ?? {}) as Record<string, object>;
  const [member, options] = Object.entries(chosen)[0] ?? [];
  if (member === undefined) {
    throw new UsageError(
      `--${name} needs --${flag.name} ${
        Object.keys(flag.schema.properties ?? {}).join("|")
      } beside it`,
    );
  }
  return { [member]: { ...options, ...extra } };
}

/** `--probe svm` was given, not JSON with options. */
function isBare(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const [options] = Object.values(value);
  return typeof options === "object" && options !== null && Object.keys(options).length === 0;
}
