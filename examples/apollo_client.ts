/**
 * The same operations as the typed client's, by Apollo Client: queries, a mutation, and a subscription over its multipart protocol.
 *
 *     deno task types
 *     deno task start
 *     deno run -A examples/apollo_client.ts http://127.0.0.1:4000
 */

import {
  ApolloClient,
  gql,
  HttpLink,
  InMemoryCache,
  type OperationVariables,
  type TypedDocumentNode,
} from "@apollo/client/core";
import {
  type CounterfactualPathInput,
  FollowJobDocument,
  type FollowJobSubscription,
  NewestProbeDocument,
  StartPathDocument,
  type TypedDocumentString,
} from "./typed_client_types.ts";

/** A generated operation as Apollo takes it, with its types. */
function typed<Data, Variables extends OperationVariables>(
  operation: TypedDocumentString<Data, Variables>,
): TypedDocumentNode<Data, Variables> {
  return gql(`${operation}`);
}

/** A client of a server. */
export function clientOf(server: string): ApolloClient {
  const link = new HttpLink({ uri: `${new URL("/graphql", server)}` });
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

/** The newest probe with the data set of its labels. @throws {Error} When there is none. */
export async function newestProbe(client: ApolloClient) {
  const { data } = await client.query({ query: typed(NewestProbeDocument) });
  const [newest] = data?.probes?.nodes ?? [];
  if (!newest) throw new Error("There is no probe yet: run trainProbe first");
  return newest;
}

/** Starts a path and returns the id of its job. @throws {Error} With the option at fault. */
export async function start(client: ApolloClient, input: CounterfactualPathInput): Promise<string> {
  const mutation = typed(StartPathDocument);
  const { data } = await client.mutate({ mutation, variables: { input } });
  const { job, errors: [error] = [] } = data?.counterfactualPath ?? {};
  if (!job) throw new Error(`${error?.path.join(".")}: ${error?.message}`);
  return job.id;
}

/** The events of a job, to the last. */
export async function follow(
  client: ApolloClient,
  id: string,
  tell: (event: FollowJobSubscription["jobEvents"]) => void,
): Promise<void> {
  const query = typed(FollowJobDocument);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.subscribe({ query, variables: { id, after: 0 } }).subscribe({
    next: ({ data, error }) => error ? reject(error) : data && tell(data.jobEvents),
    error: reject,
    complete: resolve,
  });
  await promise;
}

if (import.meta.main) {
  const client = clientOf(Deno.args[0] ?? "http://127.0.0.1:4000");
  const { id: probe, datasetId: dataset } = await newestProbe(client);
  const job = await start(client, { probe, dataset, index: 0 });
  await follow(client, job, (event) => console.log(event.number, event.__typename));
  client.stop();
}
