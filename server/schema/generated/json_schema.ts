/** The part of JSON schema that `z.toJSONSchema` writes and that GraphQL types are made from. */

import { z } from "zod";

/** A JSON schema, as far as we read it. A string in `oneOf` marks a choice: see `Host.choice`. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  /** A name for its type in the API; else it is named after the first field that has it. */
  readonly title?: string;
  /** What each of the texts of an enum means. */
  readonly enumDescriptions?: Readonly<Record<string, string>>;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: string | readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  /** What a text names, an object is, and what a field is called in the API, see `TaskPlugin`. */
  readonly artifact?: boolean | string;
  readonly dataset?: boolean;
  readonly datasetImage?: boolean;
  readonly blob?: "image" | "file";
  readonly apiType?: string;
  readonly apiName?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const written = {
  input: new WeakMap<z.ZodType, JsonSchema>(),
  output: new WeakMap<z.ZodType, JsonSchema>(),
};

/** The JSON schema of what a zod schema takes (`input`) or gives (`output`); made once. */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const override = ({ jsonSchema }: { jsonSchema: object }) => tupleAsList(jsonSchema);
  const json = written[io].get(schema) ??
    z.toJSONSchema(schema, { io, unrepresentable: "any", override }) as JsonSchema;
  written[io].set(schema, json);
  return json;
}

/** GraphQL knows no tuples: one whose parts are of the same type becomes a list of that length. */
function tupleAsList(schema: { prefixItems?: object[]; items?: object; type?: string }): void {
  const { prefixItems: parts } = schema;
  if (!parts?.length || new Set(parts.map((part) => JSON.stringify(part))).size > 1) return;
  delete schema.prefixItems;
  Object.assign(schema, { items: parts[0], minItems: parts.length, maxItems: parts.length });
}

/** Whether null is a value of the schema, and the schema without it. */
export function withoutNull(schema: JsonSchema): { schema: JsonSchema; nullable: boolean } {
  const { type, anyOf, ...rest } = schema;
  if (Array.isArray(type) && type.includes("null")) {
    const types = type.filter((name) => name !== "null");
    return { schema: { ...rest, type: types.length === 1 ? types[0] : types }, nullable: true };
  }
  if (anyOf?.some((option) => option.type === "null")) {
    const others = anyOf.filter((option) => option.type !== "null");
    const only = others.length === 1 ? others[0] : { anyOf: others };
    return { schema: { ...only, ...rest }, nullable: true };
  }
  return { schema, nullable: false };
}

/** The values of a schema that is a choice of texts, else undefined. */
export function textsOf({ type, enum: values, const: only }: JsonSchema): string[] | undefined {
  const texts = values ?? (only === undefined ? [] : [only]);
  const fits = type === "string" && texts.length > 0 &&
    texts.every((text) => typeof text === "string");
  return fits ? texts as string[] : undefined;
}

/** A description with the limits in words: "Weight decay. More than 0, at most 1." */
export function describe(schema: JsonSchema): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems } = schema;
  const sane = (limit?: number) => limit !== undefined && Math.abs(limit) < 2 ** 53 - 1;
  const limits = [
    sane(minimum) && `at least ${minimum}`,
    sane(exclusiveMinimum) && `more than ${exclusiveMinimum}`,
    sane(maximum) && `at most ${maximum}`,
    sane(exclusiveMaximum) && `less than ${exclusiveMaximum}`,
    sane(minItems) && `at least ${minItems} item${minItems === 1 ? "" : "s"}`,
    sane(maxItems) && `at most ${maxItems} item${maxItems === 1 ? "" : "s"}`,
  ].filter(Boolean).join(", ");
  const sentence = limits && limits[0].toUpperCase() + limits.slice(1) + ".";
  const text = schema.description?.trim() ?? "";
  const closed = text && sentence && !/[.!?]$/.test(text) ? `${text}.` : text;
  return [closed, sentence].filter(Boolean).join(" ") || undefined;
}

/** `mahalanobis path` or `mahalanobis-path` to `MahalanobisPath`. */
export function pascalCase(name: string): string {
  return name.split(/[^A-Za-z0-9]+/).filter(Boolean)
    .map((word) => word[0].toUpperCase() + word.slice(1)).join("");
}

/** A name that GraphQL allows for a field: other characters become `_`. */
export function fieldName(key: string): string {
  return key.replace(/\W/g, "_").replace(/^(\d|__)/, "f_$1");
}

/** `logSnr` or `log-snr` to `LOG_SNR`. */
export function enumName(text: string): string {
  return text.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/\W+/g, "_").toUpperCase()
    .replace(/^_+(?=\D)|_+$/g, "").replace(/^\d/, "_$&");
}

/** What identifies a type: its schema without what belongs to the field that uses it. */
export function typeKey({ description: _, default: __, ...schema }: JsonSchema): string {
  return JSON.stringify(schema);
}
