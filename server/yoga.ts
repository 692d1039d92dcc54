/** The server without its port: requests in, responses out. */

import {
  CountergradeError,
  type ErrorCode,
  type Host,
  type Jobs,
} from "@countergrade/countergrade";
import { respondWithBlob } from "./blob_route.ts";
import { type Call, demand, NOBODY, type Scope } from "./caller.ts";
import { ClientJobs } from "./client_jobs.ts";
import { allowOrigin, preflight } from "./cors.ts";
import { respondWithDatasetImage } from "./dataset_route.ts";
import { Gallery } from "./gallery.ts";
import { Gate, unauthenticated } from "./gate.ts";
import { createGraphQLRoute } from "./graphql_route.ts";
import { checkScopes } from "./operation_scopes.ts";
import { respondWithPage } from "./page_route.ts";
import { respondWithShowcase } from "./showcase_route.ts";
import { createSchema } from "./schema/schema.ts";
import { errorResponse, textOf } from "./typed_errors.ts";
import { Uploads } from "./uploads.ts";

/** What the server needs. */
export interface AppOptions {
  /** Jobs and artifacts; with `Compute` they run too. */
  readonly jobs: Jobs;
  /** The host to show data sets with; default: that of `jobs`. */
  readonly host?: Host;
  /** Whether jobs are taken up, for `/ready`; default: always. */
  readonly ready?: () => boolean;
  /** Who comes in; default: everybody. */
  readonly gate?: Gate;
  /** Origins whose pages may use the API; default: none. */
  readonly origins?: readonly string[];
  /** How many jobs of one client may wait or run at a time; default 100. */
  readonly maxJobs?: number;
  /** Gets the text of unexpected errors; default: stderr. */
  readonly log?: (text: string) => void;
}

/** A server without its port. */
export interface App {
  /** Answers. `address` is where the request comes from. */
  fetch(request: Request, address?: string): Promise<Response>;
  /** Ends open subscriptions; requests from now on get 503. */
  dispose(): Promise<void>;
}

/** How many jobs of one client may wait or run at a time. */
export const MAX_JOBS = 100;

/** What answers the requests of a path. */
interface Route {
  /** What a key must allow; none where anybody may come in. */
  readonly scope?: Scope;
  respond(request: Request, url: URL, call: Call): Promise<Response> | Response;
}

const PAGE: Route = { respond: respondWithPage };

/**
 * Makes the server: GraphQL at `/graphql`, stored files at `/blobs/…`, images of data sets at `/datasets/…`, the page
 * at `/`, and `/health` and `/ready` for whoever watches over it.
 */
export function createApp(options: AppOptions): App {
  const { jobs, host = jobs.host, ready, maxJobs = MAX_JOBS, log = console.error } = options;
  const { origins = [], gate = new Gate(undefined, new Uint8Array()) } = options;
  const stop = new AbortController();
  const gallery = new Gallery(host);
  const uploads = new Uploads(jobs.workspace, stop.signal);
  const services = { host, gallery, uploads, stopping: stop.signal };
  const graphql = createGraphQLRoute(createSchema(host, jobs.tasks), {
    log,
    plugins: [checkScopes()],
  });
  const routes: Record<string, Route> = {
    graphql: {
      scope: "read",
      respond(request, _url, call) {
        const own = new ClientJobs(jobs, call.caller, maxJobs);
        return graphql.respond(request, { ...services, jobs: own, call });
      },
    },
    blobs: {
      scope: "read",
      respond: (request, url) => respondWithBlob(request, url, jobs.workspace.blobs),
    },
    datasets: {
      scope: "read",
      respond: (request, url) => respondWithDatasetImage(request, url, gallery),
    },
    showcase: { respond: respondWithShowcase },
    session: { respond: (request) => gate.respondWithSession(request) },
    health: { respond: () => new Response("ok\n") },
    ready: {
      respond: () =>
        ready?.() ?? true ? new Response("ready\n") : new Response("not ready\n", { status: 503 }),
    },
  };
  const answer = async (request: Request, address: string): Promise<Response> => {
    const asked = preflight(request, origins);
    if (asked) return asked;
    const url = new URL(request.url);
    const [, name] = url.pathname.split("/");
    const { scope, respond } = Object.hasOwn(routes, name) ? routes[name] : PAGE;
    const caller = gate.callerOf(request, address);
    if (!caller && scope) return unauthenticated();
    if (caller && scope) demand(caller, scope, `use /${name}`);
    return await respond(request, url, { id: crypto.randomUUID(), caller: caller ?? NOBODY });
  };
  return {
    async fetch(request, address = "unknown") {
      if (stop.signal.aborted) return new Response("Shutting down\n", { status: 503 });
      const response = await answer(request, address).catch((error) => refusal(error, log));
      allowOrigin(request, response, origins);
      return withHeaders(response);
    },
    async dispose() {
      stop.abort();
      await graphql.dispose();
    },
  };
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  BAD_INPUT: 400,
  FORBIDDEN: 403,
};

/** What a route has thrown, as an answer. */
function refusal(error: unknown, log: (text: string) => void): Response {
  if (error instanceof CountergradeError) {
    return errorResponse(STATUS[error.code] ?? 500, error.code, error.message);
  }
  log(textOf(error));
  return errorResponse(500, "INTERNAL", "Internal error");
}

/** Set in place: a response that is made anew streams its body, which costs a third of the requests per second. */
function withHeaders(response: Response): Response {
  const { headers } = response;
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  headers.set("cross-origin-resource-policy", "same-origin");
  return response;
}
