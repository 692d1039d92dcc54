/** Results one after the other as an answer: as server-sent events, or as parts of a multipart body. */

import type { ExecutionResult } from "graphql";
import type { StreamKind } from "./stream_kind.ts";

/** How often a quiet stream gives a sign, in ms: between client and server nobody takes it for dead. */
const PING = 12_000;

/** How a stream is written down. */
interface Form {
  readonly type: string;
  readonly begin: string;
  readonly ping: string;
  readonly end: string;
  next(result: string): string;
}

const PART = "\r\ncontent-type: application/json\r\n\r\n";

const FORMS: Readonly<Record<StreamKind, Form>> = {
  events: {
    type: "text/event-stream",
    // Some clients wait for the first byte.
    begin: ":\n\n",
    ping: ":\n\n",
    next: (result) => `event: next\ndata: ${result}\n\n`,
    end: "event: complete\ndata:\n\n",
  },
  parts: {
    type: 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
    begin: `--graphql${PART}{}\r\n--graphql`,
    ping: `${PART}{}\r\n--graphql`,
    // The boundary behind it, not before: a client takes a part when it sees that it is whole.
    next: (result) => `${PART}{"payload":${result}}\r\n--graphql`,
    end: "--\r\n",
  },
};

/** An answer that goes on as long as there are results. */
export function streamResponse(
  results: AsyncIterable<ExecutionResult>,
  kind: StreamKind,
): Response {
  const { type } = FORMS[kind];
  return new Response(bodyOf(results[Symbol.asyncIterator](), FORMS[kind]), {
    headers: {
      "content-type": type,
      "cache-control": "no-cache, no-transform",
      // Proxies would gather events until their buffer is full.
      "x-accel-buffering": "no",
    },
  });
}

function bodyOf(results: AsyncIterator<ExecutionResult>, form: Form): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(form.begin));
      timer = setInterval(() => {
        // What waits to be read is sign enough.
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(form.ping));
      }, PING);
    },
    async pull(controller) {
      try {
        const { value, done } = await results.next();
        if (value) controller.enqueue(encoder.encode(form.next(textOf(value))));
        if (!done) return;
        controller.enqueue(encoder.encode(form.end));
        clearInterval(timer);
        controller.close();
      } catch (error) {
        clearInterval(timer);
        controller.error(error);
      }
    },
    async cancel() {
      clearInterval(timer);
      await results.return?.();
    },
  });
}

/** A result as JSON, without what its errors say to the server alone. */
function textOf({ errors, data, extensions }: ExecutionResult): string {
  const told = errors?.map((error) => {
    const { extensions: { http: _, ...rest } = {}, ...json } = error.toJSON();
    return Object.keys(rest).length > 0 ? { ...json, extensions: rest } : json;
  });
  return JSON.stringify({ errors: told, data, extensions });
}
