/** A server of toys, in memory but for its home folder: real worker, real store, no port. */

import type { JobEvent } from "@countergrade/countergrade/jobs";
import { Compute } from "../../server/jobs/compute.ts";
import type { RequestRecord } from "../../server/http/request_log.ts";
import { type App, type AppOptions, createApp } from "../../server/http/yoga.ts";

/** The modules of the toy plugins. */
export const TOYS = ["../toy_tasks.ts", "./toy_paths.ts"].map((path) =>
  new URL(path, import.meta.url).href
);

/** A server and the ways to ask it. */
export interface ToyServer {
  readonly compute: Compute;
  readonly app: App;
  /** The errors that were logged. */
  readonly logged: string[];
  /** The requests that were logged. */
  readonly requests: RequestRecord[];
  /** Sends an operation and returns the answer as it is. */
  ask(query: string, variables?: object): Promise<Answer>;
  /** Subscribes; the values of `event` in order. */
  follow(query: string, variables?: object): Promise<Stream>;
}

/** An answer; its data are whatever was asked for. */
export interface Answer {
  // deno-lint-ignore no-explicit-any -- the shape is that of the query
  data?: any;
  errors?: { message: string; path?: string[]; extensions?: Record<string, unknown> }[];
}

/** An open subscription. */
export interface Stream {
  readonly response: Response;
  /** The next answer, or undefined when the server has completed. */
  next(): Promise<Answer | undefined>;
  /** All further events. */
  rest(): Promise<(JobEvent & Record<string, unknown>)[]>;
  /** Leaves. */
  cancel(): Promise<void>;
}

/** A request as a client would send it. */
export function post(
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Request {
  return new Request("http://localhost/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
}

/** Reads a response of server-sent events. */
export function streamOf(response: Response): Stream {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<Answer | undefined> => {
    while (true) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        if (block.startsWith("event: complete")) {
          await reader.cancel();
          return undefined;
        }
        const data = block.split("\n").find((line) => line.startsWith("data: "));
        if (data) return JSON.parse(data.slice(6));
        continue;
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  };
  return {
    response,
    next,
    async rest() {
      const events = [];
      for (let answer = await next(); answer; answer = await next()) {
        if (answer.errors) throw new Error(answer.errors[0].message);
        events.push(answer.data.event);
      }
      return events;
    },
    cancel: () => reader.cancel(),
  };
}

/** Runs a test against a server of toys. */
export async function withToyServer(
  test: (server: ToyServer) => Promise<void>,
  options: Partial<AppOptions> = {},
): Promise<void> {
  const home = await Deno.makeTempDir();
  const logged: string[] = [];
  const requests: RequestRecord[] = [];
  try {
    await using compute = await Compute.start({ home, plugins: TOYS });
    const app = createApp({
      jobs: compute,
      ready: () => compute.ready,
      log: { error: (text) => logged.push(text), request: (record) => requests.push(record) },
      ...options,
    });
    try {
      await test({
        compute,
        app,
        logged,
        requests,
        ask: async (query, variables) => (await app.fetch(post(query, variables))).json(),
        follow: async (query, variables) =>
          streamOf(await app.fetch(post(query, variables, { accept: "text/event-stream" }))),
      });
    } finally {
      await app.dispose();
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
