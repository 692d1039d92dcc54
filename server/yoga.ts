/** The server without its port: requests in, responses out. */

import { CountergradeError, type Host, type Jobs } from "@countergrade/countergrade";
import { GraphQLError } from "graphql";
import { createYoga, type Plugin as YogaPlugin } from "graphql-yoga";
import { respondWithBlob } from "./blob_route.ts";
import { respondWithDatasetImage } from "./dataset_route.ts";
import { Gallery } from "./gallery.ts";
import { isMultipart, type Multipart, readMultipart } from "./multipart.ts";
import { respondWithPage } from "./page_route.ts";
import { respondWithShowcase } from "./showcase_route.ts";
import { toGraphQLError } from "./schema/error_types.ts";
import { createSchema } from "./schema/schema.ts";
import type { Services } from "./schema/services.ts";
import { Uploads } from "./uploads.ts";
import { checkVariables } from "./variables.ts";

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

/** The greatest body of a request without files, in bytes. */
const MAX_BODY = 1_000_000;
/** The greatest operation, in GraphQL tokens. */
const MAX_TOKENS = 4_000;

/**
 * Makes the server: GraphQL at `/graphql`, stored files at `/blobs/…`, images of data sets at `/datasets/…`, the page
 * at `/`, and `/health` and `/ready` for whoever watches over it.
 */
export function createApp({ jobs, host = jobs.host, ready, log = console.error }: AppOptions): App {
  const stop = new AbortController();
  const gallery = new Gallery(host);
  const uploads = new Uploads(jobs.workspace, stop.signal);
  const services = { jobs, host, gallery, uploads, stopping: stop.signal };
  const yoga = createYoga<Services>({
    schema: createSchema(host, jobs.tasks),
    graphqlEndpoint: "/graphql",
    maxRequestBodySize: MAX_BODY,
    // GraphiQL would load its parts from a CDN.
    graphiql: false,
    landingPage: false,
    cors: false,
    // Forms are read by `readMultipart`.
    multipart: false,
    batching: false,
    logging: false,
    maskedErrors: { maskError: (error) => maskError(error, log) },
    plugins: [limitTokens(), subscribeByPost(), checkVariables()],
  });
  const routes: Record<string, (request: Request, url: URL) => Promise<Response> | Response> = {
    graphql: async (request) => {
      const refused = refuse(request);
      if (refused) return refused;
      const asked = isMultipart(request) ? await attempt(() => readMultipart(request)) : undefined;
      if (asked instanceof Response) return asked;
      const { request: plain, files } = asked ?? { request: ownSignal(request), files: NO_FILES };
      return await yoga.fetch(plain, { ...services, files });
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
  if (request.method !== "POST") return undefined;
  if (isMultipart(request)) {
    if (request.headers.has(PREFLIGHT)) return undefined;
    return errorResponse(403, `Cannot take a form: expected the header ${PREFLIGHT}: 1`);
  }
  if (/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) return undefined;
  return errorResponse(415, "Cannot read the request: expected content-type application/json");
}

/** A header that a foreign page cannot set without asking; what else a form says, any page may. */
const PREFLIGHT = "x-graphql-yoga-csrf";

const NO_FILES: ReadonlyMap<string, File> = new Map();

/** What `read` gives, or a response that says what is wrong with the request. */
async function attempt(read: () => Promise<Multipart>): Promise<Multipart | Response> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CountergradeError)) throw error;
    return errorResponse(error.code === "LIMIT" ? 413 : 400, error.message, error.code);
  }
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

function errorResponse(status: number, message: string, code = "BAD_INPUT"): Response {
  return Response.json({ errors: [{ message, extensions: { code } }] }, { status });
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

/** Errors that are meant for the caller pass; of all others only the fact is told, and the text logged. */
function maskError(error: unknown, log: (text: string) => void): Error {
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

function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

function limitTokens(): YogaPlugin {
  return {
    onParse: ({ parseFn, setParseFn }) =>
      setParseFn((source: string, options: object) =>
        parseFn(source, { ...options, maxTokens: MAX_TOKENS })
      ),
  };
}
