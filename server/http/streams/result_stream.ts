/** Results one after the other as an answer: as server-sent events, or as parts of a multipart body. */

import type { ExecutionResult } from "graphql";
import { type Form, streamResponse } from "./stream_response.ts";
import type { StreamKind } from "./stream_kind.ts";

const PART = "\r\ncontent-type: application/json\r\n\r\n";

const FORMS: Readonly<Record<StreamKind, Form<ExecutionResult>>> = {
  events: {
    type: "text/event-stream",
    // Some clients wait for the first byte.
    begin: ":\n\n",
    ping: ":\n\n",
    next: (result) => `event: next\ndata: ${textOf(result)}\n\n`,
    end: "event: complete\ndata:\n\n",
  },
  parts: {
    type: 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
    begin: `--graphql${PART}{}\r\n--graphql`,
    ping: `${PART}{}\r\n--graphql`,
    // The boundary behind it, not before: a client takes a part when it sees that it is whole.
    next: (result) => `${PART}{"payload":${textOf(result)}}\r\n--graphql`,
    end: "--\r\n",
  },
};

/** An answer that goes on as long as there are results. */
export function resultStream(
  results: AsyncIterable<ExecutionResult>,
  kind: StreamKind,
): Response {
  return streamResponse(results[Symbol.asyncIterator](), FORMS[kind]);
}

/** A result as JSON, without what its errors say to the server alone. */
function textOf({ errors, data, extensions }: ExecutionResult): string {
  const told = errors?.map((error) => {
    const { extensions: { http: _, ...rest } = {}, ...json } = error.toJSON();
    return Object.keys(rest).length > 0 ? { ...json, extensions: rest } : json;
  });
  return JSON.stringify({ errors: told, data, extensions });
}
