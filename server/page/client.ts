/** Talking to the server: operations by POST, subscriptions as server-sent events (graphql-sse, distinct connections). */

/// <reference lib="dom" />

interface Result {
  data?: unknown;
  errors?: { message: string }[];
}

/** The server answered, but with an error. Anything else that is thrown means that it could not be reached. */
export class ServerError extends Error {}

/** Runs a query or mutation. @throws {ServerError} */
export async function request<Data>(query: string, variables: object = {}): Promise<Data> {
  const response = await post(query, variables, "application/graphql-response+json");
  return dataOf<Data>(await response.json());
}

/** Subscribes; ends when the server completes, throws when the connection breaks. Abort `signal` to leave. */
export async function* subscribe<Data>(
  query: string,
  variables: object,
  signal: AbortSignal,
): AsyncGenerator<Data> {
  const response = await post(query, variables, "text/event-stream", signal);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    dataOf(await response.json());
  }
  for await (const { event, data } of messages(response.body!)) {
    if (event === "next") yield dataOf<Data>(JSON.parse(data));
    if (event === "complete") return;
  }
  throw new TypeError("The connection ended early");
}

function post(query: string, variables: object, accept: string, signal?: AbortSignal) {
  return fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify({ query, variables }),
    signal,
  });
}

function dataOf<Data>({ data, errors }: Result): Data {
  if (!data) throw new ServerError(errors?.[0]?.message ?? "The server gave no answer");
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
