/** The fields of a form, read from the JSON schema of a task's options. */

/** A JSON schema, as far as forms read it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  /** A text: the properties are the members of this family, of which one is chosen. */
  readonly oneOf?: string | readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** The text is the id of an artifact of this kind, or of a data set. */
  readonly artifact?: string | boolean;
  readonly dataset?: boolean;
}

interface Common {
  /** Its name in the options. */
  readonly key: string;
  readonly description: string;
  readonly required: boolean;
  /** The default, shown where nothing is entered. */
  readonly fallback?: unknown;
}

/** One value in one line. */
export type Line =
  | { readonly kind: "number" | "integer"; readonly limits: Limits }
  | { readonly kind: "text"; readonly limits: Limits }
  /** The id of something that there is. */
  | { readonly kind: "reference"; readonly to: string; readonly limits: Limits }
  | { readonly kind: "option"; readonly texts: readonly string[] };

/** A field of a form. */
export type Field =
  & Common
  & (
    | Line
    | { readonly kind: "boolean" }
    /** Several lines' worth in one: `0, 1, 2`. */
    | { readonly kind: "row"; readonly item: Line; readonly limits: Limits }
    | { readonly kind: "object"; readonly parts: readonly Field[] }
    | { readonly kind: "choice"; readonly parts: readonly Field[] }
    | { readonly kind: "tuple"; readonly parts: readonly Field[] }
    | { readonly kind: "list"; readonly item: Field; readonly limits: Limits }
    /** Whatever has no form of its own. */
    | { readonly kind: "json" }
  );

/** How great a number may be, or how long a text or list. */
export interface Limits {
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
}

/** Options that are ids by their name, see `TaskPlugin.options`. */
const REFERENCES = new Set(["dataset", "probe", "encoder", "codes", "path", "image"]);

/** The field of a schema. */
export function fieldOf(key: string, schema: Schema, required = true): Field {
  const plain = withoutNull(schema);
  const common: Common = {
    key,
    description: plain.description ?? "",
    required: required && plain.default === undefined,
    ...(plain.default !== undefined && plain.default !== null && { fallback: plain.default }),
  };
  const of = (part: Schema, name: string, needed = true) => fieldOf(name, part, needed);
  const properties = Object.entries(plain.properties ?? {});
  if (plain.type === "object" && typeof plain.oneOf === "string") {
    return { ...common, kind: "choice", parts: properties.map(([name, part]) => of(part, name)) };
  }
  if (plain.type === "object" && plain.properties) {
    const needed = (name: string) => plain.required?.includes(name) ?? false;
    const parts = properties.map(([name, part]) => of(part, name, needed(name)));
    return { ...common, kind: "object", parts };
  }
  if (plain.type === "array" && plain.prefixItems) {
    const parts = plain.prefixItems.map((part, i) => of(part, String(i)));
    return { ...common, kind: "tuple", parts };
  }
  if (plain.type === "array" && plain.items) {
    const limits = { least: plain.minItems, most: plain.maxItems };
    const item = lineOf("", plain.items);
    return item && item.kind !== "reference"
      ? { ...common, kind: "row", item, limits }
      : { ...common, kind: "list", item: of(plain.items, "0"), limits };
  }
  if (plain.type === "boolean") return { ...common, kind: "boolean" };
  return { ...common, ...lineOf(key, plain) ?? { kind: "json" } };
}

function lineOf(key: string, schema: Schema): Line | undefined {
  const { type } = schema;
  const texts = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  if (texts.length && texts.every((text) => typeof text === "string")) {
    return { kind: "option", texts: texts as string[] };
  }
  if (texts.length) return undefined;
  if (type === "number" || type === "integer") {
    const { minimum: least, maximum: most, exclusiveMinimum: above, exclusiveMaximum: below } =
      schema;
    return { kind: type, limits: { least, most, above, below } };
  }
  if (type !== "string") return undefined;
  const limits = { least: schema.minLength, most: schema.maxLength };
  const to = typeof schema.artifact === "string"
    ? schema.artifact
    : schema.dataset
    ? "dataset"
    : REFERENCES.has(key)
    ? key
    : undefined;
  return to ? { kind: "reference", to, limits } : { kind: "text", limits };
}

/** What remains when null is taken away: leaving a field empty says as much. */
function withoutNull(schema: Schema): Schema {
  const { type, anyOf, ...rest } = schema;
  if (Array.isArray(type)) {
    const types = type.filter((name) => name !== "null");
    return { ...rest, type: types.length === 1 ? types[0] : types };
  }
  const others = anyOf?.filter((option) => option.type !== "null") ?? [];
  if (others.length === 1) return withoutNull({ ...others[0], ...rest });
  return schema;
}

/** Limits in words, as "1 to 1024" or "more than 0"; empty where there are none. */
export function wordsOf({ least, most, above, below }: Limits): string {
  // Whole numbers have limits of their own, which say nothing.
  const sane = (limit?: number) => limit !== undefined && Math.abs(limit) < 2 ** 53 - 1;
  const show = (value?: number) => value!.toLocaleString("en");
  if (sane(least) && sane(most)) return `${show(least)} to ${show(most)}`;
  const words = [
    sane(least) && `at least ${show(least)}`,
    sane(above) && `more than ${show(above)}`,
    sane(most) && `at most ${show(most)}`,
    sane(below) && `less than ${show(below)}`,
  ];
  return words.filter(Boolean).join(", ");
}
