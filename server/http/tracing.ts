/** Traces: with OTEL_DENO=true Deno sends a span of each request to a collector, with the name of the operation. */

import {
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { Call } from "./access/caller.ts";

/** Answers in a span of its own, below that of the client, if it names one. Nothing is kept where nobody collects. */
export async function traced(
  request: Request,
  url: URL,
  call: Call,
  answer: () => Promise<Response>,
): Promise<Response> {
  const { method, headers } = request;
  const attributes = {
    "http.request.method": method,
    "url.path": url.pathname,
    "url.scheme": url.protocol.slice(0, -1),
    "http.route": `/${call.route}`,
    "countergrade.request_id": call.id,
  };
  const carrier = {
    traceparent: headers.get("traceparent"),
    tracestate: headers.get("tracestate"),
  };
  const parent = propagation.extract(context.active(), carrier);
  const options = { kind: SpanKind.SERVER, attributes };
  return await trace.getTracer("countergrade").startActiveSpan(
    method,
    options,
    parent,
    async (span) => {
      try {
        const response = await answer();
        describe(span, call, response);
        return response;
      } finally {
        span.end();
      }
    },
  );
}

function describe(span: Span, { operation }: Call, { status }: Response): void {
  span.setAttribute("http.response.status_code", status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  if (!operation) return;
  const { type, name } = operation;
  span.updateName(name === undefined ? type : `${type} ${name}`);
  span.setAttribute("graphql.operation.type", type);
  if (name !== undefined) span.setAttribute("graphql.operation.name", name);
}
