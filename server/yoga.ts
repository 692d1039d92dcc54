/** The server without its port: requests in, responses out. */

import { CountergradeError, type Host, type Jobs } from "@countergrade/countergrade";
import { GraphQLError } from "graphql";
import { createYoga, type Plugin as YogaPlugin } from "graphql-yoga";
import { respondWithBlob } from "./blob_route.ts";
import { respondWithDatasetImage } from "./dataset_route.ts";
import { DocumentCache } from "./document_cache.ts";
import { Gallery } from "./gallery.ts";
import { limitOperations } from "./operation_limits.ts";
import { respondWithPage } from "./page_route.ts";
import { respondWithShowcase } from "./showcase_route.ts";
import { createSchema } from "./schema/schema.ts";
import type { Services } from "./schema/services.ts";
import { errorResponse, maskError, textOf, typeErrors } from "./typed_errors.ts";

/** What the server needs. */
export interface AppOptions {
  /** Jobs and artifacts; with `Compute` they run too. */
  readonly jobs: Jobs;
  /** The host to show data sets with; default: that of `jobs`. */
  readonly host?: Host;
  /** Whether jobs are taken up, for `/ready`; default: always. */
  readonly ready?: () => boolean;
  /** Gets the text of unexpected errors; default: stderr. */
  readonly log?: (text: string) => void;
}

/** A server without its port. */
export interface App {
  fetch(request: Request): Promise<Response>;
  /** Ends open subscriptions; requests from now on get 503. */
  dispose(): Promise<void>;
}

/** The greatest body of a request, in bytes; one's own images will need more. */
const MAX_BODY = 1_000_000;

/**
 * Makes the server: GraphQL at `/graphql`, stored files at `/blobs/…`, images of data sets at `/datasets/…`, the page
 * at `/`, and `/health` and `/ready` for whoever watches over it.
 */
export function createApp({ jobs, host = jobs.host, ready, log = console.error }: AppOptions): App {
  const stop = new AbortController();
  const gallery = new Gallery(host);
  const services: Services = { jobs, host, gallery, stopping: stop.signal };
  const yoga = createYoga<Services>({
    schema: createSchema(host, jobs.tasks),
    graphqlEndpoint: "/graphql",
    maxRequestBodySize: MAX_BODY,
    // GraphiQL would load its parts from a CDN.
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    logging: false,
    maskedErrors: { maskError: (error) => maskError(error, log) },
    parserAndValidationCache: {
      documentCache: new DocumentCache(),
      errorCache: new DocumentCache(),
      validationCache: true,
    },
    plugins: [limitOperations(), subscribeByPost(), typeErrors()],
  });
  const routes: Record<string, (request: Request, url: URL) => Promise<Response> | Response> = {
    graphql: async (request) => {
      const response = refuse(request) ?? await yoga.fetch(ownSignal(request), services);
      return response.status >= 400 && !response.body ? explained(response, request) : response;
    },
    blobs: (request, url) => respondWithBlob(request, url, jobs.workspace.blobs),
    datasets: (request, url) => respondWithDatasetImage(request, url, gallery),
    showcase: respondWithShowcase,
    health: () => new Response("ok\n"),
    ready: () =>
      ready?.() ?? true ? new Response("ready\n") : new Response("not ready\n", { status: 503 }),
  };
  return {
    async fetch(request) {
      if (stop.signal.aborted) return new Response("Shutting down\n", { status: 503 });
      try {
        const url = new URL(request.url);
        const [, name] = url.pathname.split("/");
        const route = Object.hasOwn(routes, name) ? routes[name] : respondWithPage;
        const response = await route(request, url);
        return withHeaders(response);
      } catch (error) {
        if (error instanceof CountergradeError) {
          const status = error.code === "NOT_FOUND" ? 404 : error.code === "BAD_INPUT" ? 400 : 500;
          return withHeaders(new Response(`${error.message}\n`, { status }));
        }
        log(textOf(error));
        return withHeaders(new Response("Internal error\n", { status: 500 }));
      }
    },
    async dispose() {
      stop.abort();
      await yoga.dispose();
    },
  };
}

/**
 * Refuses what a foreign page could send without asking (CSRF): a form as POST, or a subscription, which may start a
 * job, as GET. JSON by POST makes a browser ask first, and no other origin is allowed.
 */
function refuse(request: Request): Response | undefined {
  const type = request.headers.get("content-type") ?? "";
  if (request.method === "POST" && !/^application\/json\b/i.test(type)) {
    const shown = type.slice(0, 100);
    return errorResponse(
      415,
      "BAD_INPUT",
      `Cannot read the request: expected content-type application/json, not "${shown}"`,
    );
  }
  return undefined;
}

/** The other half of it: Yoga itself refuses only mutations by GET. */
function subscribeByPost(): YogaPlugin {
  return {
    onSubscribe({ args }) {
      if ((args.contextValue as { request: Request }).request.method === "POST") return;
      throw new GraphQLError("Cannot subscribe by GET: send the operation by POST", {
        extensions: { code: "BAD_INPUT", http: { status: 405, headers: { allow: "POST" } } },
      });
    },
  };
}

/**
 * The same request without the signal of Deno.serve, which is aborted by successful responses too. That a client has
 * left is known from its stream, which is cancelled.
 */
function ownSignal({ url, method, headers, body }: Request): Request {
  return new Request(url, { method, headers, body });
}

/** A refusal of Yoga's without a word: the client accepts no type that there is, or sends one that is not read. */
function explained({ status }: Response, request: Request): Response {
  const accept = request.headers.get("accept")?.slice(0, 100);
  return status === 406
    ? errorResponse(
      status,
      "BAD_INPUT",
      "Cannot answer: expected an accept header with application/json, " +
        `application/graphql-response+json or text/event-stream, not "${accept}"`,
    )
    : errorResponse(status, "BAD_INPUT", `Cannot read the request (HTTP ${status})`);
}

function withHeaders(response: Response): Response {
  // A response of fetch() may have fixed headers.
  const headers = new Headers(response.headers);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  headers.set("cross-origin-resource-policy", "same-origin");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
