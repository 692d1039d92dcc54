/** Subscriptions over HTTP: in the form that a client accepts, or refused before anything starts. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { streamKindOf } from "../../../../server/http/streams/stream_kind.ts";
import { post, type ToyServer, withToyServer } from "../../toy_server.ts";

const COUNT = "subscription { event: countUp(input: { steps: 3 }) { __typename number } }";

/** What Apollo Client 4 sends with a subscription. */
const APOLLO =
  "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9";

const open = ({ app }: ToyServer, accept: string, query = COUNT) =>
  app.fetch(post(query, {}, { accept }));

Deno.test("what is named in an accept header goes before what a star allows", () => {
  const cases: [accept: string | null, kind: string | undefined][] = [
    [null, "events"],
    ["*/*", "events"],
    ["text/*", "events"],
    ["application/json, Text/Event-Stream", "events"],
    [APOLLO, "parts"],
    ['multipart/mixed; boundary="graphql"; subscriptionSpec="1.0", */*', "parts"],
    ["text/event-stream, multipart/mixed;subscriptionSpec=1.0", "events"],
    ["application/json", undefined],
    ["multipart/mixed", undefined],
    ["multipart/mixed;subscriptionSpec=2.0", undefined],
    ["text/event-stream;q=0, application/json", undefined],
    ["", undefined],
  ];
  for (const [accept, kind] of cases) assertEquals(streamKindOf(accept), kind, String(accept));
});

Deno.test("a subscription whose client takes no stream is refused, and starts nothing", () =>
  withToyServer(async (server) => {
    for (const accept of ["application/json", "multipart/mixed", "image/png"]) {
      for (let i = 0; i < 5; i++) {
        const response = await open(server, accept);
        assertEquals(response.status, 406, accept);
        const { errors } = await response.json();
        assertEquals(errors[0].extensions.code, "BAD_INPUT");
        assertStringIncludes(errors[0].message, "text/event-stream");
      }
    }
    assertEquals((await server.ask("{ jobs { totalCount } }")).data.jobs.totalCount, 0);
    const metrics = await (await server.app.fetch(new Request("http://localhost/metrics"))).text();
    assertStringIncludes(metrics, "countergrade_subscriptions 0\n");
  }));

Deno.test("server-sent events say next and complete, and that no proxy should gather them", () =>
  withToyServer(async (server) => {
    const { headers, body } = await open(server, "text/event-stream");
    assertEquals(headers.get("x-accel-buffering"), "no");
    assertEquals(headers.get("content-encoding"), null);
    assertStringIncludes(headers.get("cache-control")!, "no-cache");
    assertStringIncludes(headers.get("vary")!, "accept");
    const text = await new Response(body).text();
    const blocks = text.split("\n\n").filter((block) => block !== "" && block !== ":");
    assertEquals(
      blocks[0],
      'event: next\ndata: {"data":{"event":{"__typename":"Started","number":1}}}',
    );
    assertEquals(blocks.length, 6);
    assertEquals(blocks.at(-1), "event: complete\ndata:");
  }));

Deno.test("Apollo's clients get parts, each whole when it comes", () =>
  withToyServer(async (server) => {
    const { headers, body } = await open(server, APOLLO);
    assertEquals(
      headers.get("content-type"),
      'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
    );
    assertEquals(headers.get("x-accel-buffering"), "no");
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('"number":1')) text += (await reader.read()).value;
    assert(text.endsWith("\r\n--graphql"), JSON.stringify(text));
    for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
    assert(text.endsWith("\r\n--graphql--\r\n"));
    const parts = text.split("--graphql").slice(1, -1).map((part) => {
      const [head, json] = part.trim().split("\r\n\r\n");
      assertEquals(head, "content-type: application/json");
      return JSON.parse(json);
    });
    assertEquals(parts[0], {});
    assertEquals(parts.slice(1).map(({ payload }) => payload.data.event.number), [1, 2, 3, 4, 5]);
  }));

Deno.test("an error in a stream is told without what is for the server alone", () =>
  withToyServer(async (server) => {
    const query = `subscription { event: countUp(input: { steps: 1 }) { job { id } number } }`;
    Object.defineProperty(server.compute.workspace.store.jobs, "get", {
      value: () => Promise.reject(new Error("secret")),
    });
    const text = await (await open(server, "text/event-stream", query)).text();
    assertStringIncludes(text, '"code":"INTERNAL"');
    assert(!text.includes("secret") && !text.includes('"http"'), text);
  }));

Deno.test("an upgrade to WebSocket is answered with 426 and what there is instead", () =>
  withToyServer(async ({ app }) => {
    const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const response = await app.fetch(new Request("http://localhost/graphql", { headers }));
    assertEquals([response.status, response.headers.has("upgrade")], [426, true]);
    assertStringIncludes((await response.json()).errors[0].message, "server-sent events");
  }));
