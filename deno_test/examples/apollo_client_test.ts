/** Apollo Client, as it is, against a server on a real port. */

import { assertEquals, assertRejects } from "@std/assert";
import { clientOf, follow, newestProbe, start } from "../../examples/apollo_client.ts";
import { serve } from "../../server/main.ts";

Deno.test("Apollo Client asks, starts and follows a path by its multipart protocol", async () => {
  const home = await Deno.makeTempDir();
  try {
    await using server = await serve({ port: 0, host: "127.0.0.1", home });
    const client = clientOf(server.url);
    const { id: probe } = await newestProbe(client);
    await assertRejects(
      () => start(client, { probe, dataset: "nope" }),
      Error,
      'dataset: Cannot find data set "nope"',
    );
    // An architecture is described in a moment, and its events are those of any job.
    const started = await fetch(`${server.url}graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        query: `mutation { describeEncoder(input: { preset: TINY64 }) { job { id } } }`,
      }),
    });
    const { id } = (await started.json()).data.describeEncoder.job;
    const told: string[] = [];
    await follow(client, id, ({ __typename }) => told.push(__typename));
    assertEquals([told[0], told.at(-1)], ["Started", "Done"]);
    client.stop();
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
