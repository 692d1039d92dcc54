/**
 * A client of the API in plain `fetch`: it starts a counterfactual path and follows it over server-sent events.
 *
 *     deno task start
 *     deno run -A examples/graphql_client.ts http://127.0.0.1:4000
 */

type Variables = Readonly<Record<string, unknown>>;

/** The headers of a GraphQL request; `accept` decides between one answer and a stream of them. */
function send(server: string, query: string, variables: Variables, accept: string) {
  return fetch(new URL("/graphql", server), {
    method: "POST",
    headers: { "content-type": "application/json", accept },
    body: JSON.stringify({ query, variables }),
  });
}

/** The data of an answer. @throws {Error} With the first error's message. */
function dataOf<Data>({ data, errors }: { data?: Data; errors?: { message: string }[] }): Data {
  if (errors?.length || data === undefined) throw new Error(errors?.[0].message ?? "No data came");
  return data;
}

/** One query or mutation. */
export async function ask<Data>(server: string, query: string, variables: Variables = {}) {
  const response = await send(server, query, variables, "application/json");
  return dataOf<Data>(await response.json());
}

/** One subscription. An event is a few lines, `event: next` and `data: …`, then an empty line. */
export async function* follow<Data>(
  server: string,
  query: string,
  variables: Variables = {},
): AsyncGenerator<Data> {
  const response = await send(server, query, variables, "text/event-stream");
  if (!response.body) throw new Error(`No stream came: ${response.status}`);
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (text + part).split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      const data = /^data: (.+)$/m.exec(event);
      if (data) yield dataOf<Data>(JSON.parse(data[1]));
    }
  }
}

interface ProbeList {
  probes: { nodes: { id: string; datasetId: string }[] };
}

/** The newest probe with the data set of its labels. */
export async function newestProbe(server: string): Promise<{ probe: string; dataset: string }> {
  const { probes } = await ask<ProbeList>(
    server,
    "{ probes(first: 1) { nodes { id datasetId } } }",
  );
  const [newest] = probes.nodes;
  if (!newest) throw new Error("There is no probe yet: run trainProbe first");
  return { probe: newest.id, dataset: newest.datasetId };
}

/** What the subscription below asks of each event. */
export interface PathEvent {
  counterfactualPath: {
    type: string;
    number: number;
    step?: number;
    total?: number;
    frame?: { targetGrade: number; imageGrade: number; image: { url: string } };
    error?: { message: string };
  };
}

/** Starts a path of one image and yields its events, from `Started` to `Done`. */
export function followPath(server: string, input: Variables): AsyncGenerator<PathEvent> {
  return follow(
    server,
    `subscription ($input: CounterfactualPathInput!) {
      counterfactualPath(input: $input) {
        type: __typename
        number
        ... on Progress { step total }
        ... on PathFrame { frame { targetGrade imageGrade image { url } } }
        ... on Failed { error { message } }
      }
    }`,
    { input },
  );
}

if (import.meta.main) {
  const [server = "http://127.0.0.1:4000"] = Deno.args;
  const chosen = await newestProbe(server);
  for await (const { counterfactualPath: event } of followPath(server, { ...chosen, index: 0 })) {
    const { type, step, total, frame, error } = event;
    if (frame) {
      const { targetGrade, imageGrade, image } = frame;
      console.log(`grade ${targetGrade}: ${imageGrade.toFixed(2)} in the image, ${image.url}`);
    } else console.log(type, error?.message ?? (step ? `${step} of ${total}` : ""));
  }
}
