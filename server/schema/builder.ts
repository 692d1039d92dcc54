/** The Pothos builder that every file of the schema adds to: scalars, defaults and limits, no types of its own. */

import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import RelayPlugin from "@pothos/plugin-relay";
import { GraphQLError } from "graphql";
import { RELAY } from "./lists/relay_options.ts";
import { SCALARS } from "./scalars.ts";
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
    Seed: { Input: number; Output: number };
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

/** Makes an empty builder with the scalars. */
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
  for (const [name, scalar] of Object.entries(SCALARS)) {
    builder.scalarType(name as keyof typeof SCALARS, scalar);
  }
  builder.queryType({ description: "What there is." });
  builder.mutationType({ description: "What can be done: every task of every plugin." });
  builder.subscriptionType({
    description:
      "What is going on. Over server-sent events, as `Accept: text/event-stream` asks for.",
  });
  return builder;
}
