/** Errors as values: what a resolver returns where its union has types for them. */

import {
  type CountergradeError,
  type ErrorCode,
  InputError,
  NotFoundError,
} from "@countergrade/countergrade";
import { GraphQLError } from "graphql";

/** The name and meaning of the type of each code. */
export const ERROR_CODES = {
  BAD_INPUT: ["InputError", "An option or argument is wrong."],
  BAD_FORMAT: ["FormatError", "Bytes are not what they claim to be."],
  NOT_FOUND: ["NotFoundError", "An id or name names nothing."],
  CONFLICT: ["ConflictError", "It does not fit the present state."],
  FORBIDDEN: ["ForbiddenError", "The key does not allow it."],
  CANCELLED: ["CancelledError", "The job was cancelled."],
  PLUGIN: ["PluginError", "A plugin broke its contract."],
  STORAGE: ["StorageError", "The store cannot read or write."],
  LIMIT: ["LimitError", "More was asked for than is allowed."],
  UNAVAILABLE: ["UnavailableError", "A server elsewhere cannot be reached, or refuses."],
  PROVIDER: ["ProviderError", "A device that computes, or its library, failed."],
  INTERNAL: ["InternalError", "A bug; the server's log has the details."],
} as const satisfies Record<ErrorCode | "INTERNAL", readonly [string, string]>;

/** An error as a value: GraphQL takes an error that a resolver returns for one that it throws. */
export interface Problem {
  readonly code: ErrorCode | "INTERNAL";
  readonly message: string;
  readonly path?: readonly (string | number)[];
}

/** An error that the caller can act on, as a value. */
export function problemOf(error: CountergradeError): Problem {
  return { code: error.code, message: error.message, path: optionOf(error) };
}

/** An error that the caller can act on, for a place without an error type: in `errors` of the response. */
export function toGraphQLError(error: CountergradeError): GraphQLError {
  const path = optionOf(error);
  const option = error instanceof InputError || path.length > 0 ? { optionPath: path } : {};
  return new GraphQLError(error.message, { extensions: { code: error.code, ...option } });
}

function optionOf(error: CountergradeError): readonly (string | number)[] {
  return error instanceof InputError || error instanceof NotFoundError ? error.path : [];
}
