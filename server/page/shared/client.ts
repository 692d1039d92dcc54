/** Talking to the server: operations by POST, subscriptions as server-sent events (graphql-sse, distinct connections). */

/// <reference lib="dom" />

import { connection, lost, reachable } from "./connection.ts";

interface Result {
  data?: unknown;
  errors?: { message: string }[];
}

/** The server answered, but with an error. Anything else that is thrown means that it could not be reached. */
export class ServerError extends Error {}

/** Runs a query or mutation. @throws {ServerError} */
export async function request<Data>(query: string, variables: object = {}): Promise<Data> {
  return await answerOf(jsonBody(query, variables));
}

/** The same, again and again until the server answers. @throws {ServerError} */
export function insist<Data>(query: string, variables: object = {}): Promise<Data> {
  return untilAnswered(() => request<Data>(query, variables));
}

/** The least pause after a connection broke, in ms. */
const PAUSE = 300;

/** Does something that asks the server, again and again until it answers; `broke` is called when it did not. @throws {ServerError} */
export async function untilAnswered<Data>(
  ask: () => Promise<Data>,
  broke?: () => void,
): Promise<Data> {
  while (true) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ServerError) throw error;
      broke?.();
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      await reachable();
    }
  }
}

/** Runs a mutation with a file as `$file`, by the multipart request spec. @throws {ServerError} */
export async function upload<Data>(query: string, file: File): Promise<Data> {
  const body = new FormData();
  body.set("operations", JSON.stringify({ query, variables: { file: null } }));
  body.set("map", JSON.stringify({ 0: ["variables.file"] }));
  body.set("0", file);
  // The header makes a browser ask first before it sends this for another site.
  return await answerOf({ body, headers: { "x-graphql-yoga-csrf": "1" } });
}

/** Subscribes; ends when the server completes, throws when the connection breaks. Abort `signal` to leave. `connected` is called once it is there. */
export async function* subscribe<Data>(
  query: string,
  variables: object,
  signal: AbortSignal,
  connected?: () => void,
): AsyncGenerator<Data> {
  const response = await post(jsonBody(query, variables), "text/event-stream", signal);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    dataOf(await resultOf(response));
  }
  connected?.();
  try {
    for await (const { event, data } of messages(response.body!)) {
      if (event === "next") yield dataOf<Data>(JSON.parse(data));
      if (event === "complete") return;
    }
    throw new TypeError("The connection ended early");
  } catch (error) {
    if (!(error instanceof ServerError) && !signal.aborted) lost();
    throw error;
  }
}

type Body = Pick<RequestInit, "body"> & { headers: Record<string, string> };

function jsonBody(query: string, variables: object): Body {
  const headers = { "content-type": "application/json" };
  return { body: JSON.stringify({ query, variables }), headers };
}

async function answerOf<Data>(body: Body): Promise<Data> {
  const response = await post(body, "application/graphql-response+json, application/json");
  return dataOf<Data>(await resultOf(response));
}

/** Sends; a server that does not answer, is about to start or end, or asks for a key, is told to {@linkcode connection}. */
async function post({ body, headers }: Body, accept: string, signal?: AbortSignal) {
  const all = { ...headers, accept };
  const response = await fetch("graphql", { method: "POST", headers: all, body, signal }).catch(
    (error) => {
      if (!signal?.aborted) lost();
      throw error;
    },
  );
  if (response.status === 401) connection.value = "locked";
  else if (response.status >= 502 && response.status <= 504) lost();
  else return response;
  await response.body?.cancel();
  throw new TypeError(`The server answered ${response.status}`);
}

/** What a server answers that speaks GraphQL; something in between, as a proxy, may answer in its place. */
async function resultOf(response: Response): Promise<Result> {
  try {
    return await response.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ServerError(`Cannot read the answer: expected JSON, got status ${response.status}`);
  }
}

function dataOf<Data>({ data, errors }: Result): Data {
  const failed = errors?.length && Object.values(data ?? {}).includes(null);
  if (!data || failed) throw new ServerError(errors?.[0]?.message ?? "The server gave no answer");
  return data as Data;
}

/** The messages of an event stream; comments (heartbeats) are left out. */
async function* messages(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const blocks = text.split("\n\n");
      text = blocks.pop()!;
      for (const block of blocks) {
        const field = (name: string) =>
          block.split("\n").filter((line) => line.startsWith(`${name}:`))
            .map((line) => line.slice(name.length + 1).trimStart()).join("\n");
        if (field("event")) yield { event: field("event"), data: field("data") };
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
