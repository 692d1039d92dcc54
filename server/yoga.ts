/** The server without its port: requests in, responses out. */

import { CountergradeError, type Host, type Jobs } from "@countergrade/countergrade";
import { respondWithBlob } from "./blob_route.ts";
import { anyone, type Call } from "./caller.ts";
import { ClientJobs } from "./client_jobs.ts";
import { respondWithDatasetImage } from "./dataset_route.ts";
import { Gallery } from "./gallery.ts";
import { createGraphQLRoute } from "./graphql_route.ts";
import { respondWithPage } from "./page_route.ts";
import { respondWithShowcase } from "./showcase_route.ts";
import { createSchema } from "./schema/schema.ts";
import { textOf } from "./typed_errors.ts";
import { Uploads } from "./uploads.ts";

/** What the server needs. */
export interface AppOptions {
  /** Jobs and artifacts; with `Compute` they run too. */
  readonly jobs: Jobs;
  /** The host to show data sets with; default: that of `jobs`. */
  readonly host?: Host;
  /** Whether jobs are taken up, for `/ready`; default: always. */
  readonly ready?: () => boolean;
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

type Route = (request: Request, url: URL, call: Call) => Promise<Response> | Response;

/**
 * Makes the server: GraphQL at `/graphql`, stored files at `/blobs/…`, images of data sets at `/datasets/…`, the page
 * at `/`, and `/health` and `/ready` for whoever watches over it.
 */
export function createApp(options: AppOptions): App {
  const { jobs, host = jobs.host, ready, maxJobs = MAX_JOBS, log = console.error } = options;
  const stop = new AbortController();
  const gallery = new Gallery(host);
  const uploads = new Uploads(jobs.workspace, stop.signal);
  const services = { host, gallery, uploads, stopping: stop.signal };
  const graphql = createGraphQLRoute(createSchema(host, jobs.tasks), { log });
  const routes: Record<string, Route> = {
    graphql: (request, _url, call) => {
      const own = new ClientJobs(jobs, call.caller, maxJobs);
      return graphql.respond(request, { ...services, jobs: own, call });
    },
    blobs: (request, url) => respondWithBlob(request, url, jobs.workspace.blobs),
    datasets: (request, url) => respondWithDatasetImage(request, url, gallery),
    showcase: respondWithShowcase,
    health: () => new Response("ok\n"),
    ready: () =>
      ready?.() ?? true ? new Response("ready\n") : new Response("not ready\n", { status: 503 }),
  };
  return {
    async fetch(request, address = "unknown") {
      if (stop.signal.aborted) return new Response("Shutting down\n", { status: 503 });
      try {
        const url = new URL(request.url);
        const [, name] = url.pathname.split("/");
        const route = Object.hasOwn(routes, name) ? routes[name] : respondWithPage;
        const call = { id: crypto.randomUUID(), caller: anyone(address) };
        return withHeaders(await route(request, url, call));
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
      await graphql.dispose();
    },
  };
}

/** Set in place: a response that is made anew streams its body, which costs a third of the requests per second. */
function withHeaders(response: Response): Response {
  const { headers } = response;
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  headers.set("cross-origin-resource-policy", "same-origin");
  return response;
}
