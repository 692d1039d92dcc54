/**
 * A client whose operations have types, generated from the schema: it uploads a picture, starts its path, follows it through
 * broken connections, and saves the frames.
 *
 *     deno task types
 *     deno task start
 *     deno run -A examples/typed_client.ts http://127.0.0.1:4000 picture.png folder
 */

import {
  type CounterfactualPathInput,
  FinishedPathDocument,
  FollowJobDocument,
  type FollowJobSubscription,
  NewestProbeDocument,
  StartPathDocument,
  type TypedDocumentString,
  UploadImageDocument,
} from "./typed_client_types.ts";

/** A server, and the key that it asks for when it is reached from elsewhere. */
export interface Server {
  readonly url: string;
  readonly key?: string;
}

/** An answer as GraphQL gives it. */
interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string }[];
}

function post(
  { url, key }: Server,
  body: string | FormData,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const authorization: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
  return fetch(new URL("/graphql", url), {
    method: "POST",
    headers: { ...headers, ...authorization },
    body,
  });
}

/** @throws {Error} With the first error's message. */
function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  if (errors?.length || !data) throw new Error(errors?.[0].message ?? "No data came");
  return data;
}

/** One query or mutation. Files among the variables go as a form, by the multipart request specification. */
export async function ask<Data, Variables extends object>(
  server: Server,
  operation: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const files = Object.entries(variables).filter(([, value]) => value instanceof Blob);
  const without = { ...variables, ...Object.fromEntries(files.map(([name]) => [name, null])) };
  const operations = JSON.stringify({ query: `${operation}`, variables: without });
  let response: Response;
  if (files.length === 0) {
    response = await post(server, operations, { "content-type": "application/json" });
  } else {
    const form = new FormData();
    form.set("operations", operations);
    form.set(
      "map",
      JSON.stringify(Object.fromEntries(files.map(([name]) => [name, [`variables.${name}`]]))),
    );
    for (const [name, file] of files) form.set(name, file);
    // Proves to the server that no foreign page has sent this.
    response = await post(server, form, { "x-graphql-yoga-csrf": "1" });
  }
  const answer: Answer<Data> = await response.json();
  return dataOf(answer);
}

/** One subscription, until its connection ends. An event is a few lines, `event: next` and `data: …`, then an empty line. */
async function* subscribe<Data, Variables>(
  server: Server,
  operation: TypedDocumentString<Data, Variables>,
  variables: Variables,
): AsyncGenerator<Data> {
  const response = await post(server, JSON.stringify({ query: `${operation}`, variables }), {
    "content-type": "application/json",
    accept: "text/event-stream",
  });
  if (!response.ok || !response.body) {
    const message = `No stream came: ${response.status} ${await response.text()}`;
    throw response.status >= 500 ? new TypeError(message) : new Error(message);
  }
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (text + part).split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const line = /^data: (.+)$/m.exec(event);
      if (!line) continue;
      const answer: Answer<Data> = JSON.parse(line[1]);
      yield dataOf(answer);
    }
  }
}

/** An event of a job. */
export type JobEvent = FollowJobSubscription["jobEvents"];

const FINAL: readonly JobEvent["__typename"][] = ["Done", "Failed", "Cancelled"];

/**
 * The events of a job, each once and in order, up to the last. A connection that breaks is opened again, and goes on behind the
 * last event that came.
 *
 * @param patience How often in a row it may break without an event, half a second apart.
 */
export async function* follow(
  server: Server,
  id: string,
  { after = 0, patience = 20 }: { after?: number; patience?: number } = {},
): AsyncGenerator<JobEvent> {
  for (let broken = 0; broken < patience; broken++) {
    if (broken > 0) await new Promise((resolve) => setTimeout(resolve, 500));
    try {
      for await (
        const { jobEvents: event } of subscribe(server, FollowJobDocument, { id, after })
      ) {
        yield event;
        after = event.number;
        broken = 0;
        if (FINAL.includes(event.__typename)) return;
      }
    } catch (error) {
      // What fetch throws when the server cannot be reached or goes away, and we when it is not ready.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new Error(`The server could not be reached ${patience} times in a row`);
}

/** Uploads a picture and returns its id. @throws {Error} When the server does not take it. */
export async function upload(server: Server, file: File): Promise<string> {
  const { uploadImage: stored } = await ask(server, UploadImageDocument, { file });
  if (stored?.image) return stored.image.id;
  const [error] = stored?.errors ?? [];
  throw new Error(`${error?.code}: ${error?.message}`);
}

/** Starts a path and returns the id of its job. @throws {Error} With the option at fault. */
export async function start(server: Server, input: CounterfactualPathInput): Promise<string> {
  const { counterfactualPath: started } = await ask(server, StartPathDocument, { input });
  if (started?.job) return started.job.id;
  const [error] = started?.errors ?? [];
  throw new Error(`${error?.path.join(".")}: ${error?.message}`);
}

/** The probe that was fitted last. @throws {Error} When there is none. */
export async function probe(server: Server): Promise<string> {
  const { probes } = await ask(server, NewestProbeDocument, {});
  const [newest] = probes?.nodes ?? [];
  if (!newest) throw new Error("There is no probe yet: run trainProbe first");
  return newest.id;
}

/** Saves what a server shows at an address. */
async function save({ url, key }: Server, address: string, path: string): Promise<void> {
  const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
  const response = await fetch(new URL(address, url), { headers });
  if (!response.ok) throw new Error(`Cannot get ${address}: ${response.status}`);
  await Deno.writeFile(path, await response.bytes());
}

/** Makes the path of a picture, tells of it, and saves its frames and its animation in a folder. */
export async function savePath(
  server: Server,
  picture: File,
  folder: string,
  tell: (text: string) => void = console.log,
): Promise<void> {
  const input = { probe: await probe(server), image: await upload(server, picture) };
  await Deno.mkdir(folder, { recursive: true });
  let frames = 0;
  for await (const event of follow(server, await start(server, input))) {
    switch (event.__typename) {
      case "Progress":
        tell(`${event.step} of ${event.total}`);
        break;
      case "PathFrame": {
        const { targetGrade, imageGrade, image } = event.frame;
        tell(`grade ${targetGrade}: the image shows ${imageGrade?.toFixed(2)}`);
        if (image) await save(server, image.url, `${folder}/frame-${frames++}.png`);
        break;
      }
      case "Warning":
        tell(`Warning: ${event.message}`);
        break;
      case "Failed":
        throw new Error(event.error.message);
      case "Done":
        if (event.result?.__typename !== "CounterfactualPathResult") break;
        tell(event.result.adaptation ?? "The picture was taken as it is");
        if (event.result.path) await saveExports(server, event.result.path.id, folder);
    }
  }
}

async function saveExports(server: Server, id: string, folder: string): Promise<void> {
  const { counterfactualPath: path } = await ask(server, FinishedPathDocument, { id });
  if (path?.animation) await save(server, path.animation.url, `${folder}/animation.png`);
  if (path?.json) await save(server, path.json.url, `${folder}/path.json`);
}

if (import.meta.main) {
  const [url = "http://127.0.0.1:4000", picture = "picture.png", folder = "path"] = Deno.args;
  const file = new File([await Deno.readFile(picture)], picture);
  await savePath({ url, key: Deno.env.get("COUNTERGRADE_KEY") }, file, folder);
}
