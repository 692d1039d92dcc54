/** Pages of other origins: those on the list may use the API with a key, no others, and never with cookies. */

import { InputError } from "@countergrade/countergrade";
import { errorResponse } from "../typed_errors.ts";

const METHODS = "GET, HEAD, POST";
const HEADERS =
  "accept, authorization, content-type, if-none-match, if-range, range, x-graphql-yoga-csrf, x-request-id";
const EXPOSED = "accept-ranges, content-range, etag, x-request-id";
/** How long a browser may remember what is allowed, in s. */
const MAX_AGE = "600";

/** @throws {InputError} When a text is no origin, as `https://example.org`. */
export function checkOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new InputError(
    `Cannot allow "${text}": expected an origin without a path, as https://example.org`,
  );
}

/** The answer to a browser that asks before it sends a request of a page of another origin. */
export function preflight(request: Request, origins: readonly string[]): Response | undefined {
  const { method, headers } = request;
  if (method !== "OPTIONS" || !headers.has("access-control-request-method")) return undefined;
  const origin = headers.get("origin") ?? "";
  if (!origins.includes(origin)) {
    const message = `Cannot answer pages of ${origin.slice(0, 100)}: see --cors`;
    return errorResponse(403, "FORBIDDEN", message, { vary: "origin" });
  }
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": HEADERS,
      "access-control-max-age": MAX_AGE,
    },
  });
}

/** Lets a page of an allowed origin read an answer. */
export function allowOrigin(
  request: Request,
  { headers }: Response,
  origins: readonly string[],
): void {
  if (origins.length === 0) return;
  headers.append("vary", "origin");
  const origin = request.headers.get("origin");
  if (origin === null || !origins.includes(origin)) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", EXPOSED);
}
