/** Object types from zod schemas: the results of every task become typed GraphQL objects. */

import { type FieldRef, ListRef, type ObjectRef } from "@pothos/core";
import type { TaskPlugin } from "@countergrade/countergrade";
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
import { referenceOf } from "../../jobs/references.ts";
import { datasetImageField } from "../dataset_image.ts";
import { blobImage } from "../image_source.ts";
import type { SharedTypes } from "../shared_types.ts";

type Values = Record<string, unknown>;
type Type =
  | "String"
  | "ID"
  | "Float"
  | "Int"
  | "Boolean"
  | "JSON"
  | ObjectRef<SchemaTypes, Values>
  | ListRef<SchemaTypes, unknown>;

/** Makes object types; a structure that comes twice in one result becomes one type. */
export class OutputTypes {
  #builder: Builder;
  #types: SharedTypes;
  #byKey = new Map<string, ObjectRef<SchemaTypes, Values>>();

  constructor(types: SharedTypes) {
    this.#builder = types.builder;
    this.#types = types;
  }

  /** The object type of a task's result. */
  ofTask({ name, result }: TaskPlugin): ObjectRef<SchemaTypes, Values> {
    this.#byKey.clear();
    const { description = `What \`${name}\` gives.`, ...schema } = jsonSchemaOf(result, "output");
    return this.#object(`${pascalCase(name)}Result`, { ...schema, description });
  }

  #type(name: string, key: string, schema: JsonSchema): Type {
    const { schema: plain } = withoutNull(schema);
    const shared = this.#types.values[plain.apiType as keyof SharedTypes["values"]];
    if (shared) return shared as unknown as ObjectRef<SchemaTypes, Values>;
    if (plain.type === "object" && plain.properties && Object.keys(plain.properties).length) {
      return this.#object(name, plain);
    }
    if (plain.type === "array" && plain.items) {
      const description = plain.description && `One of these: ${plain.description}`;
      const item = this.#type(name.replace(/s$/, ""), "", { description, ...plain.items });
      const { nullable } = withoutNull(plain.items);
      return new ListRef<SchemaTypes, unknown>(item as "JSON", nullable);
    }
    if (plain.type === "string" && isId(key, plain)) return "ID";
    return SCALARS[plain.type as keyof typeof SCALARS] ?? "JSON";
  }

  #object(name: string, schema: JsonSchema): ObjectRef<SchemaTypes, Values> {
    const known = this.#byKey.get(typeKey(schema));
    if (known) return known;
    const fields = Object.entries(schema.properties ?? {}).map(([key, property]) => ({
      key,
      property,
      type: this.#type(`${name}${pascalCase(key)}`, key, property),
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
          const found = this.#stored(key, property);
          made[fieldName(property.apiName ?? key)] = t.field({
            nullable,
            description: describe(property),
            type: type as "JSON",
            // What was stored before there was the field has its default.
            resolve: (values: Values) => values[key] ?? property.default,
            ...found as object,
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

  /** How a field is read whose text names something stored: that is what the API has in its place. */
  #stored(key: string, property: JsonSchema) {
    const { image, storedFile, artifact, artifactTypes } = this.#types;
    if (property.blob === "image") {
      return { type: image, resolve: (values: Values) => blobImage(values[key]) };
    }
    if (property.blob) {
      return {
        type: storedFile,
        resolve: ({ [key]: blob }: Values) =>
          typeof blob === "string" ? { name: `${key}.${blob.split(".")[1]}`, blob } : null,
      };
    }
    if (!property.artifact) return undefined;
    const kind = referenceOf(key, property)!;
    return {
      type: artifactTypes.get(kind) ?? artifact,
      nullable: true,
      description: `${
        describe(property)?.replace(/^Id of (the )?/, "The ")
      }; null once it is gone.`,
      resolve: async (values: Values, _args: unknown, { jobs }: { jobs: SharedJobs }) => {
        const found = await jobs.findArtifact(String(values[key]));
        return found?.kind === kind || !artifactTypes.has(kind) ? found : null;
      },
    };
  }
}

/** Where artifacts are found. */
type SharedJobs = { findArtifact(id: string): Promise<{ kind: string } | undefined> };

/** Whether a text is an id: that of something stored, or what the task calls one. */
function isId(key: string, schema: JsonSchema): boolean {
  return referenceOf(key, schema) !== undefined || /^id$|Id$/.test(key);
}

const SCALARS = { string: "String", number: "Float", integer: "Int", boolean: "Boolean" } as const;
