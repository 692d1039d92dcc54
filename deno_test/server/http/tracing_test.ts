/** Traces: Deno sends a span of each request to a collector, and it bears the name of the operation. */

import { assert, assertEquals } from "@std/assert";

interface Span {
  name: string;
  traceId: string;
  parentSpanId?: string;
  attributes: { key: string; value: { stringValue?: string } }[];
}

Deno.test("with OTEL_DENO=true a collector gets a span that is named after the operation", async () => {
  const home = await Deno.makeTempDir();
  const { promise: found, resolve } = Promise.withResolvers<Span>();
  await using collector = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const body = await request.json();
      if (new URL(request.url).pathname === "/v1/traces") {
        for (const { scopeSpans } of body.resourceSpans) {
          for (const { spans } of scopeSpans as { spans: Span[] }[]) {
            for (const span of spans) if (span.name.includes("Known")) resolve(span);
          }
        }
      }
      return Response.json({});
    },
  );
  const script = new URL("../../../server/main.ts", import.meta.url).href;
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", "--allow-all", script, "--port", "0", "--home", home],
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let ready = "";
  while (!ready.includes("\n")) ready += (await reader.read()).value ?? "\n";
  const [trace, parent] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  const traceparent = `00-${trace}-${parent}-01`;
  const answer = await fetch(`${ready.trim().split(" ").at(-1)}graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "r-7", traceparent },
    body: JSON.stringify({ query: "query Known { datasets { id } }" }),
  });
  assert((await answer.json()).data);
  const { name, attributes, traceId, parentSpanId } = await found;
  assertEquals([traceId, parentSpanId], [trace, parent]);
  const values = Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
  assertEquals(name, "query Known");
  assertEquals(values["graphql.operation.type"], "query");
  assertEquals(values["http.route"], "/graphql");
  assertEquals(values["countergrade.request_id"], "r-7");
  server.kill("SIGTERM");
  assertEquals((await server.status).code, 0);
  await reader.cancel();
  await Deno.remove(home, { recursive: true });
});
