/** Subscriptions as answers of HTTP: refused before they start anything where no form of a stream is accepted. */

import { type ExecutionResult, GraphQLError } from "graphql";
import type { Plugin as YogaPlugin } from "graphql-yoga";
import { streamKindOf } from "./stream_kind.ts";
import { resultStream } from "./result_stream.ts";
import type { OperationContext } from "../operation_context.ts";

/** Takes the place of Yoga's own streams. */
export function streamSubscriptions(): YogaPlugin<OperationContext> {
  return {
    onSubscribe({ args: { contextValue: { request, files } } }) {
      // Files would be held as long as it lasts.
      if (files.size > 0) {
        throw refusal(400, "Cannot subscribe with files: upload them with a mutation");
      }
      // The other half of what CSRF needs: Yoga itself refuses only mutations by GET.
      if (request.method !== "POST") {
        throw refusal(405, "Cannot subscribe by GET: send the operation by POST", {
          allow: "POST",
        });
      }
      if (streamKindOf(request.headers.get("accept"))) return;
      throw refusal(
        406,
        "Cannot subscribe: expected an accept header with text/event-stream, or with " +
          "multipart/mixed;subscriptionSpec=1.0",
      );
    },
    onResultProcess({ request, result, setResultProcessor }) {
      const kind = streamKindOf(request.headers.get("accept"));
      if (!kind || !isAsyncIterable(result)) return;
      setResultProcessor(
        (results) => resultStream(results as unknown as AsyncIterable<ExecutionResult>, kind),
        "text/event-stream",
      );
    },
  };
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function refusal(status: number, message: string, headers?: Record<string, string>): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: "BAD_INPUT", http: { status, headers } },
  });
}
