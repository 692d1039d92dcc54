/** GraphQL over HTTP at `/graphql`: what may come in, and Yoga behind it. */

import { CountergradeError } from "@countergrade/countergrade";
import type { GraphQLSchema } from "graphql";
import { createYoga, type Plugin as YogaPlugin } from "graphql-yoga";
import { BoundedCache } from "../bounded_cache.ts";
import type { OperationContext } from "../operation_context.ts";
import { FormPlaces } from "../uploads/form_places.ts";
import { FORM_LIMITS, isMultipart, readMultipart } from "../uploads/multipart.ts";
import { limitOperations } from "../operation_limits.ts";
import { BodyRefused, RequestBodies } from "../request_body.ts";
import { streamSubscriptions } from "../streams/streams.ts";
import { errorResponse, maskError, typeErrors } from "../typed_errors.ts";
import { checkVariables } from "../variables.ts";

/** What the body of a request without files may be. */
const LIMITS = { bytes: 1_000_000, ms: 60_000 };

/** How many characters of documents are remembered, in all: a parsed one takes some 200 times its text. */
const DOCUMENTS = 200_000;

/** A header that a foreign page cannot set without asking; what else a form says, any page may. */
const PREFLIGHT = "x-graphql-yoga-csrf";

const NO_FILES: ReadonlyMap<string, File> = new Map();

/** GraphQL as a route. */
export interface GraphQLRoute {
  respond(request: Request, context: Omit<OperationContext, "files">): Promise<Response>;
  dispose(): Promise<void>;
}

/** Makes the route. `plugins` come before those that are always there. */
export function createGraphQLRoute(
  schema: GraphQLSchema,
  { log, plugins = [] }: { log: (text: string) => void; plugins?: YogaPlugin<OperationContext>[] },
): GraphQLRoute {
  const yoga = createYoga<OperationContext>({
    schema,
    graphqlEndpoint: "/graphql",
    // Bodies are read, within their limits, before Yoga sees them.
    maxRequestBodySize: false,
    multipart: false,
    // Yoga's would load its parts from a CDN.
    graphiql: false,
    landingPage: false,
    cors: false,
    batching: false,
    logging: false,
    maskedErrors: { maskError: (error) => maskError(error, log) },
    parserAndValidationCache: {
      documentCache: new BoundedCache(DOCUMENTS),
      errorCache: new BoundedCache(DOCUMENTS),
      validationCache: true,
    },
    plugins: [...plugins, limitOperations(), streamSubscriptions(), checkVariables(), typeErrors()],
  });
  const bodies = new RequestBodies();
  const places = new FormPlaces();
  const run = async (request: Request, context: OperationContext) => {
    const response = await yoga.fetch(request, context);
    return response.status >= 400 && !response.body ? explained(response, request) : response;
  };
  const answer = async (request: Request, context: Omit<OperationContext, "files">) => {
    const client = context.call.caller.name;
    if (!isMultipart(request)) {
      const body = request.body && await bodies.read(request, client, LIMITS);
      return await run(plain(request, body), { ...context, files: NO_FILES });
    }
    const body = await bodies.read(request, client, FORM_LIMITS);
    // Not before it is here: a client that sends nothing takes no place.
    using place = places.take(client);
    if (!place) return tooManyForms();
    const form = await readMultipart(request, body);
    return await run(form.request, { ...context, files: form.files });
  };
  return {
    async respond(request, context) {
      const refused = refuse(request);
      if (refused) return refused;
      try {
        return await answer(request, context);
      } catch (error) {
        if (!(error instanceof CountergradeError)) throw error;
        const status = error instanceof BodyRefused
          ? error.status
          : error.code === "LIMIT"
          ? 413
          : 400;
        const headers = status === 503 ? RETRY : undefined;
        return errorResponse(status, error.code, error.message, headers);
      }
    },
    dispose: async () => await yoga.dispose(),
  };
}

/**
 * Refuses what a foreign page could send without asking (CSRF): a form as POST, or a subscription, which may start a
 * job, as GET. JSON by POST makes a browser ask first, and so does a header of one's own.
 */
function refuse(request: Request): Response | undefined {
  if (request.method === "PUT") {
    const message =
      "Cannot reserve a stream: each subscription has a connection of its own (graphql-sse calls that distinct connections)";
    return errorResponse(405, "BAD_INPUT", message, { allow: "GET, POST" });
  }
  if (request.method !== "POST") return undefined;
  if (isMultipart(request)) {
    if (request.headers.has(PREFLIGHT)) return undefined;
    const message = `Cannot take a form: expected the header ${PREFLIGHT}: 1`;
    return errorResponse(403, "BAD_INPUT", message);
  }
  const type = request.headers.get("content-type") ?? "";
  if (/^application\/json\b/i.test(type)) return undefined;
  const expected = "Cannot read the request: expected content-type application/json";
  return errorResponse(415, "BAD_INPUT", `${expected}, not "${type.slice(0, 100)}"`);
}

/** When a client may try again, in s. */
const RETRY = { "retry-after": "1" };

function tooManyForms(): Response {
  const message = "Cannot take the form now: so many are being worked on. Try again in a moment";
  return errorResponse(503, "LIMIT", message, RETRY);
}

/**
 * The same request with the body that was read, and without its signal. That a client has left is known from the answer's
 * stream, which is cancelled.
 */
function plain({ url, method, headers }: Request, body: Uint8Array<ArrayBuffer> | null): Request {
  return new Request(url, { method, headers, body });
}

/** A refusal of Yoga's without a word: the client accepts no type that there is, or sends one that is not read. */
function explained({ status }: Response, request: Request): Response {
  if (status !== 406) {
    return errorResponse(status, "BAD_INPUT", `Cannot read the request (HTTP ${status})`);
  }
  const types = "application/json, application/graphql-response+json or text/event-stream";
  const accept = request.headers.get("accept")?.slice(0, 100);
  return errorResponse(
    status,
    "BAD_INPUT",
    `Cannot answer: expected an accept header with ${types}, not "${accept}"`,
  );
}
