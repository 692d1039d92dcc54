/** The GraphQL route: how many requests with files it holds at a time. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { withToyServer } from "../../toy_server.ts";

Deno.test("so many forms are held at a time; those that broke off no longer count", () =>
  withToyServer(async ({ app }) => {
    const bodies: ReadableStreamDefaultController[] = [];
    const send = () => {
      const body = new ReadableStream({ start: (controller) => void bodies.push(controller) });
      const headers = {
        "content-type": "multipart/form-data; boundary=b",
        "x-graphql-yoga-csrf": "1",
      };
      return app.fetch(
        new Request("http://localhost/graphql", { method: "POST", headers, body }),
      );
    };
    const held = Array.from({ length: 8 }, send);
    const refused = await send();
    assertEquals(refused.status, 503);
    const [error] = (await refused.json()).errors;
    assertEquals(error.extensions, { code: "LIMIT" });
    assertStringIncludes(error.message, "at most 8 at a time");
    for (const body of bodies) body.error(new TypeError("connection reset"));
    for (const response of await Promise.all(held)) {
      assertEquals(response.status, 400);
      assertEquals((await response.json()).errors[0].extensions.code, "BAD_INPUT");
    }
    const next = send();
    bodies.at(-1)!.close();
    assertEquals((await next).status, 400);
  }));
