/** Persisted operations: a hash instead of a document, and nothing else where nothing else is wanted. */

import { CountergradeError } from "@countergrade/countergrade";
import { sha256 } from "@countergrade/countergrade/jobs";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readDocuments } from "../../../server/http/persisted_operations.ts";
import { type Answer, type ToyServer, withToyServer } from "../toy_server.ts";

const KNOWN = "query Known { datasets { id } }";
const HASH = sha256(KNOWN);
const documents = new Map([[HASH, KNOWN]]);

async function send({ app }: ToyServer, body: object): Promise<Answer & { status: number }> {
  const response = await app.fetch(
    new Request("http://localhost/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
      body: JSON.stringify(body),
    }),
  );
  return { status: response.status, ...await response.json() };
}

const by = (sha256Hash: unknown) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

Deno.test("a hash stands for its document, by POST and by GET", () =>
  withToyServer(async (server) => {
    assertEquals((await send(server, by(HASH))).data, { datasets: [{ id: "bars" }] });
    const extensions = encodeURIComponent(JSON.stringify(by(HASH).extensions));
    const got = await server.app.fetch(
      new Request(`http://localhost/graphql?extensions=${extensions}`),
    );
    assertEquals((await got.json()).data, { datasets: [{ id: "bars" }] });

    const unknown = await send(server, by(sha256("{ x }")));
    assertEquals([unknown.status, unknown.errors![0].message], [404, "PersistedQueryNotFound"]);
    assertEquals(unknown.errors![0].extensions, { code: "PERSISTED_QUERY_NOT_FOUND" });
    const wrong = await send(server, { query: "{ __typename }", ...by(HASH) });
    assertEquals([wrong.status, wrong.errors![0].extensions?.code], [400, "BAD_INPUT"]);
    assertEquals((await send(server, { query: "{ __typename }" })).status, 200);
    for (const odd of [5, null, [HASH], { toString: HASH }, "__proto__"]) {
      const { errors, data } = await send(server, by(odd));
      assertEquals([data, typeof errors![0].extensions?.code], [undefined, "string"]);
    }
  }, { persisted: { documents, only: false } }));

Deno.test("with persisted operations only, all others are refused", () =>
  withToyServer(async (server) => {
    assertEquals((await send(server, by(HASH))).data, { datasets: [{ id: "bars" }] });
    assertEquals((await send(server, { query: KNOWN })).status, 200);
    for (
      const body of [
        { query: "{ __typename }" },
        { query: `${KNOWN} ` },
        { query: "{ __typename }", ...by(sha256("{ __typename }")) },
        by(sha256("{ __typename }")),
        {},
      ]
    ) {
      const { status, errors } = await send(server, body);
      assertEquals([status, errors![0].extensions], [403, { code: "FORBIDDEN" }]);
      assertStringIncludes(errors![0].message, "one of the 1 operations");
    }
  }, { persisted: { documents, only: true } }));

Deno.test("a file of operations is checked: JSON, texts, and hashes that are right", async () => {
  const path = await Deno.makeTempFile();
  const says = async (text: string, message: string) => {
    await Deno.writeTextFile(path, text);
    await assertRejects(() => readDocuments(path), CountergradeError, message);
  };
  await says("{", "expected JSON");
  await says("[]", "expected an object");
  await says(JSON.stringify({ [HASH]: 5 }), "expected a text");
  await says(JSON.stringify({ [HASH]: `${KNOWN} ` }), `has the hash ${sha256(`${KNOWN} `)}`);
  await Deno.writeTextFile(path, JSON.stringify({ [HASH]: KNOWN }));
  assertEquals(await readDocuments(path), documents);
  await Deno.remove(path);
  await assertRejects(() => readDocuments(path), CountergradeError, "Cannot read the operations");
});
