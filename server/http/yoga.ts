/** The server without its port: requests in, responses out. */

import type { Host } from "@countergrade/countergrade";
import type { Jobs } from "@countergrade/countergrade/jobs";
import { respondWithBlob } from "./routes/blobs.ts";
import { respondWithJobEvents } from "./routes/job_events.ts";
import { toFolder, withoutBase } from "./front/base_path.ts";
import { packed } from "./front/pack.ts";
import { type Call, demand, NOBODY, type Scope } from "./access/caller.ts";
import { ClientJobs } from "../jobs/client_jobs.ts";
import { Followers } from "../jobs/followers.ts";
import { allowOrigin, preflight } from "./access/cors.ts";
import { respondWithDatasetImage } from "./routes/datasets.ts";
import { CheckedFiles } from "./files/checked_files.ts";
import { DatasetPictures } from "./dataset_pictures.ts";
import { Authenticator, unauthenticated } from "./access/authentication.ts";
import { respondWithGraphiql } from "./graphiql.ts";
import { createGraphQLRoute } from "./routes/graphql.ts";
import { Metrics } from "./metrics.ts";
import { checkScopes } from "./access/scopes.ts";
import { respondWithPage } from "./routes/page.ts";
import { type PersistedOperations, usePersisted } from "./persisted_operations.ts";
import { type Log, requestId, textLog, withRequestId } from "./request_log.ts";
import { respondWithShowcase } from "./routes/showcase.ts";
import { createSchema } from "../schema/schema.ts";
import { errorResponse, refusalOf } from "./typed_errors.ts";
import { traced } from "./tracing.ts";
import { Uploads } from "./uploads/uploads.ts";

/** What the server needs. */
export interface AppOptions {
  /** Jobs and artifacts; with `Compute` they run too. */
  readonly jobs: Jobs;
  /** The host to show data sets with; default: that of `jobs`. */
  readonly host?: Host;
  /** Whether jobs are taken up, for `/ready`; default: always. */
  readonly ready?: () => boolean;
  /** Who comes in; default: everybody. */
  readonly authenticator?: Authenticator;
  /** Origins whose pages may use the API; default: none. */
  readonly origins?: readonly string[];
  /** How many jobs of one client may wait or run at a time; default 100. */
  readonly maxJobs?: number;
  /** The path below which clients find the server, as `/countergrade`; default: none. */
  readonly basePath?: string;
  /** Operations that are known beforehand. */
  readonly persisted?: PersistedOperations;
  /** Whether there is GraphiQL, at `/graphiql`. */
  readonly dev?: boolean;
  /** Gets requests and unexpected errors; default: errors to stderr. */
  readonly log?: Log;
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
 * at `/`, and `/health`, `/ready` and `/metrics` for whoever watches over it.
 */
export function createApp(options: AppOptions): App {
  const { jobs, host = jobs.host, ready, maxJobs = MAX_JOBS, log = textLog } = options;
  const { origins = [], authenticator = new Authenticator(), basePath: base = "" } = options;
  const stop = new AbortController();
  const pictures = new DatasetPictures(host);
  const uploads = new Uploads(jobs.workspace, stop.signal);
  const services = { host, pictures, uploads, base };
  const files = new CheckedFiles(jobs.workspace.blobs);
  const metrics = new Metrics(jobs.workspace);
  const followers = new Followers(jobs);
  const persisted = options.persisted ? [usePersisted(options.persisted)] : [];
  const graphql = createGraphQLRoute(createSchema(host, jobs.tasks), {
    log: log.error,
    plugins: [...persisted, checkScopes()],
  });
  const jobsOf = ({ caller }: Call) =>
    new ClientJobs(jobs, caller, maxJobs, metrics, followers, pictures);
  const stoppingFor = ({ caller: { ended } }: Call) =>
    ended ? AbortSignal.any([stop.signal, ended]) : stop.signal;
  const routes: Record<string, Route> = {
    graphql: {
      scope: "read",
      async respond(request, _url, call) {
        const context = { ...services, jobs: jobsOf(call), stopping: stoppingFor(call), call };
        const response = await graphql.respond(request, context);
        response.headers.append("vary", "accept");
        return response;
      },
    },
    blobs: {
      scope: "read",
      respond: (request, url, call) => respondWithBlob(request, url, files, jobsOf(call)),
    },
    jobs: {
      scope: "read",
      respond: (request, url, call) =>
        respondWithJobEvents(request, url, jobsOf(call), { stopping: stoppingFor(call), base }),
    },
    datasets: {
      scope: "read",
      respond: (request, url) => respondWithDatasetImage(request, url, pictures),
    },
    showcase: { respond: respondWithShowcase },
    session: { respond: (request) => authenticator.respondWithSession(request, base) },
    metrics: {
      scope: "read",
      respond: async () =>
        new Response(await metrics.expose(), { headers: { "content-type": metrics.contentType } }),
    },
    ...options.dev ? { graphiql: { respond: respondWithGraphiql } } : {},
    health: { respond: () => new Response("ok\n") },
    ready: {
      respond: () =>
        ready?.() ?? true ? new Response("ready\n") : new Response("not ready\n", { status: 503 }),
    },
  };
  const answer = async (request: Request, call: Call, url: URL): Promise<Response> => {
    const asked = preflight(request, origins) ?? refuseUpgrade(request);
    if (asked) return asked;
    const { scope, respond } = routes[call.route] ?? PAGE;
    if (scope && call.caller === NOBODY) return unauthenticated();
    if (scope) demand(call.caller, scope, `use /${call.route}`);
    const response = await respond(request, url, call);
    if (scope && authenticator.wantsKeys) keepPrivate(response);
    return response;
  };
  return {
    async fetch(asked, address = "unknown") {
      if (stop.signal.aborted) return new Response("Shutting down\n", { status: 503 });
      const folder = toFolder(asked, base);
      if (folder) return folder;
      const request = withoutBase(asked, base);
      const start = performance.now();
      const url = new URL(request.url);
      const [, name] = url.pathname.split("/");
      const call: Call = {
        id: requestId(request),
        route: Object.hasOwn(routes, name) ? name : "page",
        caller: authenticator.callerOf(request, address) ?? NOBODY,
      };
      const answered = () =>
        answer(request, call, url).catch((error) => refusalOf(error, log.error));
      const plain = await withRequestId(call.id, () => traced(request, url, call, answered));
      const response = await packed(request, plain, call.route);
      allowOrigin(request, response, origins);
      const { id, route, operation, caller: { name: client } } = call;
      const { status } = response;
      const ms = performance.now() - start;
      metrics.observe({ route, operation: operation?.type ?? "", status, seconds: ms / 1000 });
      const { method } = request;
      log.request({ id, client, method, path: url.pathname, operation, status, ms });
      return withHeaders(response, id);
    },
    async dispose() {
      stop.abort();
      followers[Symbol.dispose]();
      await graphql.dispose();
    },
  };
}

/** There is no other protocol to go on with: a WebSocket client should know at once, not from an answer that it cannot read. */
function refuseUpgrade({ headers }: Request): Response | undefined {
  if (!/\bwebsocket\b/i.test(headers.get("upgrade") ?? "")) return undefined;
  const message =
    "Cannot speak WebSocket: subscriptions go over server-sent events or multipart/mixed;subscriptionSpec=1.0";
  return errorResponse(426, "BAD_INPUT", message, { upgrade: "HTTP/1.1", connection: "upgrade" });
}

/** What was asked for with a key is nobody else's: no cache between may hand it on, nor one browser to two people. */
function keepPrivate({ headers }: Response): void {
  const caching = headers.get("cache-control") ?? "no-store";
  headers.set("cache-control", caching.replace("public", "private"));
  headers.append("vary", "authorization, cookie");
}

/** Set in place: a response that is made anew streams its body, which costs a third of the requests per second. */
function withHeaders(response: Response, id: string): Response {
  const { headers } = response;
  headers.set("x-request-id", id);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  headers.set("cross-origin-resource-policy", "same-origin");
  return response;
}
