/** Errors as types: one per code, all with code, message and the path of the option at fault. */

import { CountergradeError, type ErrorCode, InputError } from "@countergrade/countergrade";
import { GraphQLError } from "graphql";
import type { Parts } from "./parts.ts";

/** The name and meaning of the type of each code. */
const TYPES = {
  BAD_INPUT: ["InputError", "An option or argument is wrong."],
  BAD_FORMAT: ["FormatError", "Bytes are not what they claim to be."],
  NOT_FOUND: ["NotFoundError", "An id or name names nothing."],
  CONFLICT: ["ConflictError", "It does not fit the present state."],
  CANCELLED: ["CancelledError", "The job was cancelled."],
  PLUGIN: ["PluginError", "A plugin broke its contract."],
  STORAGE: ["StorageError", "The store cannot read or write."],
  LIMIT: ["LimitError", "More was asked for than is allowed."],
  UNAVAILABLE: ["UnavailableError", "A server elsewhere cannot be reached, or refuses."],
  PROVIDER: ["ProviderError", "A device that computes, or its library, failed."],
} as const satisfies Record<ErrorCode, readonly [string, string]>;

/** The names of the error types, for unions. */
export const ERROR_TYPES = Object.values(TYPES).map(([name]) => name);

/** An error as a value: GraphQL takes an error that a resolver returns for one that it throws. */
export class Problem {
  readonly error: CountergradeError;

  constructor(error: CountergradeError) {
    this.error = error;
  }

  /** The name of its type. */
  get type(): string {
    return TYPES[this.error.code][0];
  }
}

/** Option paths as texts: `["probe", "logistic", "c"]`, with indices as `"0"`. */
export function pathOf(error: { path?: readonly (string | number)[] }): string[] {
  return (error.path ?? []).map(String);
}

/** Adds the enum of codes, the interface `Error` and its types. */
export function addErrorTypes({ builder, error, errorTypes, jobError }: Parts): void {
  const code = builder.enumType("ErrorCode", {
    description: "What kind of error it is.",
    values: {
      ...Object.fromEntries(
        Object.entries(TYPES).map(([name, [, description]]) => [name, { description }]),
      ),
      INTERNAL: { description: "A bug; the server's log has the details." },
    } as Record<ErrorCode | "INTERNAL", { description: string }>,
  });
  error.implement({
    description: "Something went wrong that the caller can act on.",
    fields: (t) => ({
      code: t.field({
        type: code,
        description: "What kind of error it is.",
        resolve: ({ error }) => error.code,
      }),
      message: t.string({
        description: "What was expected and what came.",
        resolve: ({ error }) => error.message,
      }),
      path: t.stringList({
        description: "The option at fault, from the outside in; empty when it is none.",
        resolve: ({ error }) => error instanceof InputError ? pathOf(error) : [],
      }),
    }),
  });
  Object.values(TYPES).forEach(([, description], i) =>
    errorTypes[i].implement({ description, interfaces: [error] })
  );
  jobError.implement({
    description: "Why a job failed.",
    fields: (t) => ({
      code: t.field({
        type: code,
        description: "What kind of error it is.",
        resolve: ({ code }) => code,
      }),
      message: t.exposeString("message", { description: "What was expected and what came." }),
      path: t.stringList({ description: "The option at fault.", resolve: pathOf }),
    }),
  });
}

/** The answer, or the error that the caller can act on as a value; anything else is thrown. */
export async function orProblem<T>(work: () => T | Promise<T>): Promise<T | Problem> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CountergradeError) return new Problem(error);
    throw error;
  }
}

/** An error that the caller can act on, for a place without an error type: in `errors` of the response. */
export function toGraphQLError(error: CountergradeError): GraphQLError {
  const path = error instanceof InputError ? { optionPath: error.path } : {};
  return new GraphQLError(error.message, { extensions: { code: error.code, ...path } });
}
