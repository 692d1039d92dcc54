/** The GraphQL route: requests with files that break off. */

import { assertEquals } from "@std/assert";
import { withToyServer } from "../../toy_server.ts";

Deno.test("forms that break off are errors of their clients, and hold nothing up meanwhile", () =>
  withToyServer(async ({ app, ask }) => {
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
    const held = Array.from({ length: 12 }, send);
    const last = send();
    bodies.at(-1)!.close();
    assertEquals((await last).status, 400);
    assertEquals((await ask("{ __typename }")).data, { __typename: "Query" });
    for (const body of bodies.slice(0, -1)) body.error(new TypeError("connection reset"));
    for (const response of await Promise.all(held)) {
      assertEquals(response.status, 400);
      assertEquals((await response.json()).errors[0].extensions.code, "BAD_INPUT");
    }
  }));
