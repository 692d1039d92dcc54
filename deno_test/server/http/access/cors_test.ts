/** What a browser is told about pages of other origins. */

import { InputError } from "@countergrade/countergrade";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { allowOrigin, checkOrigin, preflight } from "../../../../server/http/access/cors.ts";

const A = "https://a.example";

const asking = (headers: Record<string, string>, method = "OPTIONS") =>
  new Request("http://localhost/graphql", { method, headers });

Deno.test("an origin is a scheme, a host and a port, and nothing behind them", () => {
  for (const origin of [A, "http://localhost:4000", "http://127.0.0.1:8000", "https://[::1]"]) {
    assertEquals(checkOrigin(origin), origin);
  }
  const wrong = [
    `${A}/`,
    `${A}/page`,
    "a.example",
    "*",
    "null",
    "",
    "https://A.example",
    `${A}:443`,
  ];
  for (const text of wrong) assertThrows(() => checkOrigin(text), InputError, "expected an origin");
});

Deno.test("only a question before a request is answered here", () => {
  const method = { "access-control-request-method": "POST" };
  assertEquals(preflight(asking({ origin: A }), [A]), undefined);
  assertEquals(preflight(asking({ origin: A, ...method }, "POST"), [A]), undefined);
  assertEquals(preflight(asking({ origin: A, ...method }), [A])?.status, 204);
  assertEquals(preflight(asking(method), [A])?.status, 403);
});

Deno.test("a page that may ask is told what it may send, and that for ten minutes", () => {
  const { headers } = preflight(
    asking({ origin: A, "access-control-request-method": "POST" }),
    [A],
  )!;
  assertEquals(headers.get("access-control-allow-methods"), "GET, HEAD, POST");
  assertEquals(headers.get("access-control-max-age"), "600");
  for (const name of ["authorization", "content-type", "x-graphql-yoga-csrf", "if-none-match"]) {
    assertStringIncludes(headers.get("access-control-allow-headers")!, name);
  }
});

Deno.test("a page that may not ask is told so with the first hundred letters of its origin", async () => {
  const origin = `https://${"x".repeat(200)}`;
  const refused = preflight(asking({ origin, "access-control-request-method": "POST" }), [A])!;
  assertEquals([refused.status, refused.headers.get("vary")], [403, "origin"]);
  const { message } = (await refused.json()).errors[0];
  assertStringIncludes(message, `pages of ${origin.slice(0, 100)}: see --cors`);
});

Deno.test("an answer names the origin that may read it, what it may read, and that others get another", () => {
  const told = (origins: readonly string[], headers: Record<string, string>) => {
    const response = new Response("", { headers: { vary: "accept" } });
    allowOrigin(asking(headers, "GET"), response, origins);
    return ["access-control-allow-origin", "access-control-expose-headers", "vary"]
      .map((name) => response.headers.get(name));
  };
  const [origin, exposed, vary] = told(["https://b.example", A], { origin: A });
  assertEquals([origin, vary], [A, "accept, origin"]);
  for (const name of ["etag", "x-request-id"]) assert(exposed!.split(", ").includes(name));
  assertEquals(told([A], { origin: "https://c.example" }), [null, null, "accept, origin"]);
  assertEquals(told([A], {}), [null, null, "accept, origin"]);
  assertEquals(told([], { origin: A }), [null, null, "accept"]);
});
