/** What mutations answer: what was made or found, and errors that the caller can act on. Fields can be added to it later. */

import { CountergradeError } from "@countergrade/countergrade";
import type { InterfaceRef, ObjectRef } from "@pothos/core";
import type { SchemaTypes } from "./builder.ts";
import { type Problem, problemOf } from "./problem.ts";
import type { SharedTypes } from "./shared_types.ts";

/** The value, or why there is none. */
export interface Payload<Value> {
  readonly value?: Value;
  readonly errors: readonly Problem[];
}

/** The answer, or the error that the caller can act on; anything else is thrown. */
export async function payloadOf<Value>(
  work: () => Value | Promise<Value>,
): Promise<Payload<Value>> {
  try {
    return { value: await work(), errors: [] };
  } catch (error) {
    if (!(error instanceof CountergradeError)) throw error;
    return { errors: [problemOf(error)] };
  }
}

/** Adds the type of what a mutation answers: its value in a field of that name, and `errors`. */
export function addPayload<Value>(
  { builder, error }: SharedTypes,
  name: string,
  field: { name: string; type: Type<Value>; description: string },
): ObjectRef<SchemaTypes, Payload<Value>> {
  return builder.objectRef<Payload<Value>>(name).implement({
    description: `${field.description}, or why there is none.`,
    fields: (t) => ({
      [field.name]: t.field({
        type: field.type as ObjectRef<SchemaTypes, unknown>,
        nullable: true,
        description: `${field.description}; null where there are errors.`,
        resolve: ({ value }) => value,
      }),
      errors: t.field({
        type: [error],
        description: "Errors that the caller can act on; none when all went well.",
        resolve: ({ errors }) => [...errors],
      }),
    }),
  });
}

type Type<Value> = "ID" | ObjectRef<SchemaTypes, Value> | InterfaceRef<SchemaTypes, Value>;
