/**
 * Types for the operations of a client: from a schema and a file of operations to a TypeScript module with the data and
 * variables of each, by GraphQL Code Generator.
 *
 *     deno run -A examples/generate_types.ts server/schema.graphql operations.graphql operations.ts
 */

import { codegen } from "@graphql-codegen/core";
import * as documents from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const HEAD =
  "/** Written by generate_types.ts from the schema and the operations: not to be edited. */\n";

const CONFIG = {
  // Operations as texts: a client that sends them needs no GraphQL library.
  documentMode: "string",
  immutableTypes: true,
  useTypeImports: true,
  disableDescriptions: true,
  // What a scalar of a plugin holds is checked by who uses it.
  defaultScalarType: "unknown",
  scalars: { ID: "string", DateTime: "string", File: "Blob", Seed: "number" },
};

/**
 * The module for the operations in `text` against the schema `sdl`.
 *
 * @throws {Error} When an operation has no name or does not fit the schema.
 */
export async function typesOf(sdl: string, text: string): Promise<string> {
  const document = parse(text);
  if (document.definitions.some((node) => !("name" in node && node.name))) {
    throw new Error("Cannot write types: expected a name for each operation");
  }
  const written = await codegen({
    filename: "operations.ts",
    schema: parse(sdl),
    documents: [{ document }],
    config: CONFIG,
    plugins: [{ operations: {} }, { documents: {} }],
    pluginMap: { operations, documents },
  });
  return `${HEAD}${written}\n`;
}

if (import.meta.main) {
  const [sdl, text] = await Promise.all(
    Deno.args.slice(0, 2).map((path) => Deno.readTextFile(path)),
  );
  await Deno.writeTextFile(Deno.args[2], await typesOf(sdl, text));
}
