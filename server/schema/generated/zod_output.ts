/** Object types from zod schemas: the results of every task become typed GraphQL objects. */

import type { FieldRef, InterfaceRef, ObjectRef } from "@pothos/core";
import type { Artifact, TaskPlugin } from "@countergrade/countergrade";
import type { Builder, SchemaTypes } from "../builder.ts";
import {
  describe,
  fieldName,
  type JsonSchema,
  jsonSchemaOf,
  pascalCase,
  typeKey,
  withoutNull,
} from "./json_schema.ts";
import { datasetImageField } from "../dataset_image.ts";
import type { SharedTypes } from "../shared_types.ts";

type Values = Record<string, unknown>;
type Leaf = "String" | "Float" | "Int" | "Boolean" | "JSON" | ObjectRef<SchemaTypes, Values>;

/** Makes object types; a structure that comes twice in one result becomes one type. */
export class OutputTypes {
  #builder: Builder;
  #artifact: InterfaceRef<SchemaTypes, Artifact>;
  #types: SharedTypes;
  #byKey = new Map<string, ObjectRef<SchemaTypes, Values>>();

  constructor(types: SharedTypes) {
    this.#builder = types.builder;
    this.#artifact = types.artifact;
    this.#types = types;
  }

  /** The object type of a task's result. */
  ofTask({ name, result }: TaskPlugin): ObjectRef<SchemaTypes, Values> {
    this.#byKey.clear();
    const { description = `What \`${name}\` gives.`, ...schema } = jsonSchemaOf(result, "output");
    return this.#object(`${pascalCase(name)}Result`, { ...schema, description });
  }

  #type(name: string, schema: JsonSchema): Leaf | [Leaf] {
    const { schema: plain } = withoutNull(schema);
    if (plain.type === "object" && plain.properties && Object.keys(plain.properties).length) {
      return this.#object(name, plain);
    }
    if (plain.type === "array" && plain.items && !withoutNull(plain.items).nullable) {
      const description = plain.description && `One of these: ${plain.description}`;
      const item = this.#type(name.replace(/s$/, ""), { description, ...plain.items });
      return Array.isArray(item) ? "JSON" : [item];
    }
    return SCALARS[plain.type as keyof typeof SCALARS] ?? "JSON";
  }

  #object(name: string, schema: JsonSchema): ObjectRef<SchemaTypes, Values> {
    const known = this.#byKey.get(typeKey(schema));
    if (known) return known;
    const fields = Object.entries(schema.properties ?? {}).map(([key, property]) => ({
      key,
      property,
      type: this.#type(`${name}${pascalCase(key)}`, property),
      nullable: !schema.required?.includes(key) || withoutNull(property).nullable,
    }));
    const ref = this.#builder.objectRef<Values>(name).implement({
      description: schema.description ?? `A part of the result: \`${name}\`.`,
      fields: (t) => {
        const made: Record<string, FieldRef<SchemaTypes, unknown>> = {};
        if (fields.length === 0) {
          made._ = t.boolean({
            nullable: true,
            description: "There is nothing to tell.",
            resolve: () => null,
          });
        }
        for (const { key, property, type, nullable } of fields) {
          if (property.artifact) {
            made[fieldName(key)] = t.field({
              type: this.#artifact,
              nullable: true,
              description: describe(property)?.replace(/^Id of (the )?/, "The "),
              resolve: async (values: Values, _args, { jobs }) =>
                await jobs.findArtifact(String(values[key])),
            });
            continue;
          }
          made[fieldName(key)] = t.field({
            type: type as "JSON",
            nullable,
            description: describe(property),
            resolve: (values: Values) => values[key],
          });
        }
        if (schema.datasetImage && !("image" in made)) {
          made.image = t.field(datasetImageField(this.#types) as never);
        }
        return made as never;
      },
    });
    this.#byKey.set(typeKey(schema), ref);
    return ref;
  }
}

const SCALARS = { string: "String", number: "Float", integer: "Int", boolean: "Boolean" } as const;
