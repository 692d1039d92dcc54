/**
 * Options, checked: those of a member by its zod schema, those of a plugin as a whole by any schema that follows Standard Schema
 * and can say itself as JSON Schema.
 */

import { InputError } from "../errors.ts";
import { type Issue, type Renamed, renamed, renamedIssue } from "./former_names.ts";
import type { OptionsSchema } from "../options_schema.ts";

/** What a schema finds wrong, see {@linkcode StandardSchema}. */
export interface StandardIssue {
  /** What was expected. */
  readonly message: string;
  /** Keys from the value down to what is wrong. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
}

/** The result of a validation, see {@linkcode StandardSchema}. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/**
 * The part of Standard Schema (standardschema.dev) that is used here, with its extension for JSON Schema. Zod 4, Valibot and
 * ArkType follow it.
 */
export interface StandardSchema<Output> {
  /** What every library of the standard writes under this name. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** The schema as JSON Schema; for showing, so it may be missing. */
    readonly jsonSchema?: {
      readonly input: (options: { target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

/**
 * Checks a value by any Standard Schema.
 *
 * @throws {InputError} With the path of the first offending option and what was expected.
 * @example
 * ```ts
 * import { validated } from "./plugin_options.ts";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const schema = z.strictObject({ folds: z.int().default(5) });
 * assertEquals(await validated(schema, {}, "the options"), { folds: 5 });
 * ```
 */
export async function validated<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
  what: string,
): Promise<Output> {
  const check = async (value: unknown) => await schema["~standard"].validate(value);
  const result = await check(value);
  if (result.issues === undefined) return result.value;
  const today = renamed(value);
  const left = today.names.length ? (await check(today.value)).issues : result.issues;
  throw refusal(what, result.issues.map(plain), today, (left ?? []).map(plain));
}

/** An issue by its keys alone. */
function plain({ path = [], message }: StandardIssue): Issue {
  const keys = path.map((part) => typeof part === "object" ? part.key : part)
    .map((key) => typeof key === "number" ? key : String(key));
  return { path: keys, message };
}

/** By the first issue, or the former name behind it. */
function refusal(
  what: string,
  [issue]: readonly Issue[],
  { names }: Renamed,
  left: readonly Issue[],
): InputError {
  const { path, message } = renamedIssue(issue, names, left) ?? issue;
  return new InputError(`Cannot read ${what}: ${path.join(".") || "options"}: ${message}`, path);
}

/** A schema as JSON Schema; undefined when it cannot say itself so. */
export function jsonSchemaOf(
  schema: StandardSchema<unknown>,
): Record<string, unknown> | undefined {
  return schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" });
}

/**
 * Parses options with a schema.
 *
 * @throws {InputError} With the path of the first offending option and what was expected, or what it is called today.
 */
export function parseOptions<T>(schema: OptionsSchema<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const today = renamed(value);
  const left = schema.safeParse(today.value).error?.issues ?? [];
  throw refusal(what, parsed.error.issues.map(plain), today, left.map(plain));
}
