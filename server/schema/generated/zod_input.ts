/** Input types from zod schemas: the options of every plugin become typed GraphQL inputs. */

import type { EnumRef, InputFieldRef, InputRef, InputShapeFromTypeParam } from "@pothos/core";
import type { z } from "zod";
import type { PluginHost, TaskPlugin } from "@countergrade/countergrade";
import { referenceOf } from "../../jobs/references.ts";
import type { Builder, SchemaTypes } from "../builder.ts";
import {
  describe,
  enumName,
  fieldName,
  type JsonSchema,
  jsonSchemaOf,
  pascalCase,
  textsOf,
  typeKey,
  withoutNull,
} from "./json_schema.ts";

type Named = InputRef<unknown> | EnumRef<SchemaTypes, string>;
type Leaf = "String" | "ID" | "Float" | "Int" | "Boolean" | "JSON" | Named;
type InputType = Leaf | [Leaf];

/** An input type and the way from a GraphQL value back to what the zod schema takes. */
export interface Input {
  readonly type: InputRef<unknown>;
  /** Whether it may be left out: all of its fields may. */
  readonly optional: boolean;
  /** Nulls (for "not given") go, renamed fields get their own names again. */
  toOptions(value: unknown): unknown;
}

/** What an input says beside the options of a task: how to run it. */
export function runFields(t: InputFields) {
  return {
    seed: t.field({
      type: "Seed",
      defaultValue: 0,
      description: "The seed of all randomness: the same options and seed give the same result.",
    }),
    fresh: t.boolean({
      defaultValue: false,
      description: "Compute again, even when the result is stored.",
    }),
  };
}

type InputFields = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, "InputObject">;

/** Makes input types; a structure that comes twice becomes one type. */
export class InputTypes {
  #builder: Builder;
  #byKey = new Map<string, Named>();
  #names = new Set<string>();

  constructor(builder: Builder) {
    this.#builder = builder;
  }

  /** The input type of a task: its options, and beside them seed and fresh. */
  ofTask({ name, options }: TaskPlugin, host: PluginHost): Input {
    const description = `The options of \`${name}\`, and how to run it.`;
    return this.of(`${pascalCase(name)}Input`, options(host), description, runFields);
  }

  /** The input type called `name` of an object schema, with `more` fields beside those of the schema. */
  of(name: string, schema: z.ZodType, description?: string, more?: typeof runFields): Input {
    const json = jsonSchemaOf(schema, "input");
    const whole = { ...json, description: json.description ?? description };
    return {
      type: this.#object(name, whole, more) as InputRef<unknown>,
      optional: !json.required?.length,
      toOptions: (value) => fromInput(json, value),
    };
  }

  #type(name: string, key: string, schema: JsonSchema): InputType {
    const { schema: plain } = withoutNull(schema);
    if (plain.title) name = pascalCase(plain.title);
    if (plain.type === "string" && referenceOf(key, plain) !== undefined) return "ID";
    const texts = textsOf(plain);
    if (texts) return this.#enum(name, plain, texts);
    if (plain.type === "object" && plain.properties) return this.#object(name, plain);
    if (plain.type === "array" && plain.items) {
      const item = this.#type(name, "", { description: plain.description, ...plain.items });
      return Array.isArray(item) ? "JSON" : [item];
    }
    return SCALARS[plain.type as keyof typeof SCALARS] ?? "JSON";
  }

  #object(name: string, schema: JsonSchema, more?: typeof runFields): Named {
    const known = this.#byKey.get(typeKey(schema));
    if (known) return known;
    const family = typeof schema.oneOf === "string" ? singular(schema.oneOf) : undefined;
    const typeName = this.#free(family ? `${family}Choice` : name, name);
    const properties = Object.entries(schema.properties ?? {});
    const types = properties.map(([key, property]) => ({
      key,
      property,
      type: this.#type(
        family
          ? `${pascalCase(key)}${family}Options`
          : `${name.replace(/Input$/, "")}${pascalCase(key)}`,
        key,
        family
          ? { ...property, description: `The options of \`${key}\` of the ${schema.oneOf}.` }
          : property,
      ),
      required: schema.required?.includes(key) && !family,
    }));
    const ref = this.#builder.inputType(typeName, {
      description: family
        ? `Exactly one of the ${schema.oneOf}, with its options.`
        : schema.description ?? `Options of \`${typeName}\`.`,
      isOneOf: family !== undefined,
      fields: (t) => {
        const fields: Record<string, InputFieldRef<SchemaTypes, unknown>> = {};
        if (types.length === 0 && !more) {
          fields._ = t.boolean({ description: "There are no options; leave this out." });
        }
        for (const { key, property, type, required } of types) {
          // What GraphQL cannot write down, a list of lists say, the schema fills in itself.
          const written = !family && !(type === "JSON" && typeof property.default === "object");
          const fallback = written ? defaultOf(property) : undefined;
          fields[fieldName(key)] = t.field({
            type: type as "JSON",
            required: Boolean(required) && fallback === undefined,
            description: describe(property),
            defaultValue: fallback as InputShapeFromTypeParam<SchemaTypes, "JSON", false>,
          });
        }
        return { ...fields, ...more?.(t) } as never;
      },
    }) as InputRef<unknown>;
    this.#byKey.set(typeKey(schema), ref);
    return ref;
  }

  #enum(name: string, schema: JsonSchema, texts: readonly string[]): Leaf {
    const names = texts.map(enumName);
    const fits = names.every((each) => /^[_A-Z]\w*$/.test(each)) &&
      new Set(names).size === names.length;
    if (!fits) return "String";
    const known = this.#byKey.get(typeKey(schema));
    if (known) return known;
    const ref = this.#builder.enumType(this.#free(name, name), {
      description: schema.description,
      values: Object.fromEntries(texts.map((value, i) => [names[i], {
        value,
        description: schema.enumDescriptions?.[value] ?? `On the command line: \`${value}\`.`,
      }])),
    }) as Named;
    this.#byKey.set(typeKey(schema), ref);
    return ref;
  }

  #free(name: string, otherwise: string): string {
    let free = this.#names.has(name) ? otherwise : name;
    for (let i = 2; this.#names.has(free); i++) free = `${otherwise}${i}`;
    this.#names.add(free);
    return free;
  }
}

const SCALARS = { string: "String", number: "Float", integer: "Int", boolean: "Boolean" } as const;

/** `probes` to `Probe`. */
function singular(family: string): string {
  return pascalCase(family.replace(/s$/, ""));
}

/** The default as a GraphQL value, or undefined: objects and lists of them keep the defaults of their own fields. */
function defaultOf(schema: JsonSchema): unknown {
  const { default: value } = schema;
  if (value === undefined || value === null) return undefined;
  return rename(withoutNull(schema).schema, value);
}

function rename(schema: JsonSchema, value: unknown): unknown {
  if (!schema.properties || value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, part],
    ) => [fieldName(key), rename(schema.properties?.[key] ?? {}, part)]),
  );
}

/** From a GraphQL input value to what the schema takes. */
export function fromInput(schema: JsonSchema, value: unknown): unknown {
  const { schema: plain } = withoutNull(schema);
  if (Array.isArray(value) && plain.items) {
    return value.map((item) => fromInput(plain.items as JsonSchema, item));
  }
  if (plain.type !== "object" || !plain.properties || value === null || typeof value !== "object") {
    return value;
  }
  const given = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(plain.properties).flatMap(([key, property]) => {
      const part = given[fieldName(key)];
      const absent = part === undefined || (part === null && !withoutNull(property).nullable);
      return absent ? [] : [[key, fromInput(property, part)]];
    }),
  );
}
