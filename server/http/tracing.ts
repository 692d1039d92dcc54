/** Traces: with OTEL_DENO=true Deno makes a span of each request; here it gets the name of the operation. */

import { trace } from "@opentelemetry/api";
import type { Call } from "./access/caller.ts";

/** Names the span of the request that is being answered, if there is one. */
export function nameSpan({ id, route, operation }: Call): void {
  const span = trace.getActiveSpan();
  if (!span) return;
  span.setAttribute("http.route", `/${route}`);
  span.setAttribute("countergrade.request_id", id);
  if (!operation) return;
  const { type, name } = operation;
  span.updateName(name === undefined ? type : `${type} ${name}`);
  span.setAttribute("graphql.operation.type", type);
  if (name !== undefined) span.setAttribute("graphql.operation.name", name);
}
