/** Errors of responses: each has a code; what is not meant for the caller is masked, what was sent is not sent back whole. */

import { CountergradeError, type ErrorCode } from "@countergrade/countergrade";
import { GraphQLError } from "graphql";
import type { Plugin as YogaPlugin } from "graphql-yoga";
import { toGraphQLError } from "../schema/problem.ts";

/** The longest message of an error, in characters: a wrong value of megabytes would come back with it. */
const MAX_MESSAGE = 500;

/** How many causes of an error are logged. */
const MAX_CAUSES = 5;

/** The codes of GraphQL's own parts, by ours. What has none is about the operation, thus the caller's. */
const CODES: Readonly<Record<string, string>> = {
  BAD_REQUEST: "BAD_INPUT",
  GRAPHQL_PARSE_FAILED: "BAD_INPUT",
  GRAPHQL_VALIDATION_FAILED: "BAD_INPUT",
  OPERATION_RESOLUTION_FAILURE: "BAD_INPUT",
  REQUEST_ENTITY_TOO_LARGE: "LIMIT",
};

/** An answer that is an error: the body that GraphQL clients read, whatever the address. */
export function errorResponse(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ errors: [{ message, extensions: { code } }] }, { status, headers });
}

/** The status of an error that a route has thrown; 500 for all others. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  BAD_INPUT: 400,
  FORBIDDEN: 403,
};

/** What a route has thrown, as an answer. */
export function refusalOf(error: unknown, log: (text: string) => void): Response {
  if (error instanceof CountergradeError) {
    return errorResponse(STATUS[error.code] ?? 500, error.code, error.message);
  }
  log(textOf(error));
  return errorResponse(500, "INTERNAL", "Internal error");
}

/** Errors that are meant for the caller pass; of all others only the fact is told, and the text logged. */
export function maskError(error: unknown, log: (text: string) => void): Error {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (original instanceof CountergradeError) {
    const { nodes, path } = error instanceof GraphQLError ? error : {};
    const { message, extensions } = toGraphQLError(original);
    return new GraphQLError(message, { nodes, path, extensions });
  }
  if (error instanceof GraphQLError && !(original && original instanceof Error)) return error;
  if (original instanceof GraphQLError) return error as GraphQLError;
  log(textOf(original));
  return new GraphQLError("Internal error", { extensions: { code: "INTERNAL" } });
}

/** What is logged of an error: where it comes from, and what caused it. */
export function textOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error);
  const { stack, message, cause } = error;
  const own = stack ?? message;
  // Causes may go in a circle.
  if (cause === undefined || depth === MAX_CAUSES) return own;
  return `${own}\nCaused by: ${textOf(cause, depth + 1)}`;
}

/** Gives each error of an answer a code of ours, and parameters that are no JSON an error that says so. */
export function typeErrors(): YogaPlugin {
  return {
    onRequestParse({ requestParser, setRequestParser }) {
      if (!requestParser) return;
      setRequestParser(async (request) => {
        try {
          return await requestParser(request);
        } catch (error) {
          // Whatever the client accepts: a request that is no JSON is a bad request, not an answer of GraphQL.
          const extensions = { code: "BAD_INPUT", http: { status: 400 } };
          if (error instanceof GraphQLError) throw new GraphQLError(error.message, { extensions });
          if (!(error instanceof SyntaxError)) throw error;
          throw new GraphQLError(`Cannot read the parameters: ${error.message}`, { extensions });
        }
      });
    },
    onResultProcess({ result, setResult }) {
      if (!("errors" in result) || !Array.isArray(result.errors)) return;
      setResult({ ...result, errors: result.errors.map(typed) });
    },
  };
}

/** What the validation says when it gives up, as on a thousand fields of one name. */
const GIVEN_UP = /Validation aborted\.$/;

function typed(error: GraphQLError): GraphQLError {
  if (GIVEN_UP.test(error.message)) {
    const message = "Cannot check this operation: it has too many errors, or fields of one name";
    return new GraphQLError(message, { extensions: { code: "LIMIT" } });
  }
  const { message, nodes, source, positions, path } = error;
  const { code, originalError: _, ...extensions } = error.extensions ?? {};
  return new GraphQLError(
    message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)} …` : message,
    {
      nodes,
      source,
      positions,
      path,
      extensions: { ...extensions, code: codeOf(code) },
    },
  );
}

function codeOf(code: unknown): string {
  if (typeof code !== "string") return "BAD_INPUT";
  return Object.hasOwn(CODES, code) ? CODES[code] : code;
}
