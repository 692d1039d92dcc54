/** The Pothos builder that every file of the schema adds to: scalars, defaults and limits, no types of its own. */

import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import RelayPlugin from "@pothos/plugin-relay";
import { GraphQLError } from "graphql";
import { RELAY } from "./lists/relay_options.ts";
import type { Services } from "./services.ts";

interface OurTypes {
  Context: Services;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    DateTime: { Input: string; Output: string };
    /** The name of a file among those of the request. */
    File: { Input: string; Output: never };
  };
}

/** What the builder knows about types beside those that the files define. */
export type SchemaTypes = PothosSchemaTypes.ExtendDefaultTypes<OurTypes>;

/** A builder of a Countergrade schema. */
export type Builder = PothosSchemaTypes.SchemaBuilder<SchemaTypes>;

/** How much one operation may ask for. */
export const LIMITS = { depth: 12, breadth: 400, complexity: 5000 } as const;

/** Makes an empty builder with the scalars `JSON` and `DateTime`. */
export function createBuilder(): Builder {
  const builder = new SchemaBuilder<OurTypes>({
    plugins: [ComplexityPlugin, RelayPlugin],
    relay: RELAY,
    defaultFieldNullability: false,
    complexity: {
      limit: { ...LIMITS },
      defaultListMultiplier: 5,
      complexityError: (kind, result) =>
        new GraphQLError(
          `Cannot run this operation: its ${kind.toLowerCase()} is ${
            result[kind.toLowerCase() as keyof typeof LIMITS]
          }, the limit is ${LIMITS[kind.toLowerCase() as keyof typeof LIMITS]}`,
          { extensions: { code: "LIMIT" } },
        ),
    },
  });
  builder.scalarType("JSON", {
    description: "Any JSON value.",
    serialize: (value) => value,
    parseValue: (value) => value,
  });
  builder.scalarType("DateTime", {
    description: "A point in time, ISO 8601 in UTC, as `2026-01-31T12:00:00.000Z`.",
    serialize: (value) => value,
  });
  builder.scalarType("File", {
    description:
      "A file that comes along with the operation, by the GraphQL multipart request specification. Such requests carry the header `x-graphql-yoga-csrf: 1`.",
    serialize: () => {
      throw new TypeError("Files come in only");
    },
    parseValue: (value) => {
      if (typeof value === "string" && value.startsWith("upload:")) return value;
      throw new GraphQLError("Expected a file, by the GraphQL multipart request specification", {
        extensions: { code: "BAD_INPUT" },
      });
    },
  });
  builder.queryType({ description: "What there is." });
  builder.mutationType({ description: "What can be done: every task of every plugin." });
  builder.subscriptionType({
    description:
      "What is going on. Over server-sent events, as `Accept: text/event-stream` asks for.",
  });
  return builder;
}
