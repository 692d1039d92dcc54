/** GraphQL over HTTP as its specification has it, by the suite of graphql-http. */

import { assertEquals } from "@std/assert";
import { serverAudits } from "graphql-http";
import { withToyServer } from "../toy_server.ts";

Deno.test("every audit of GraphQL over HTTP passes: what servers must, should and may do", () =>
  withToyServer(async ({ app }) => {
    const fetchFn = (url: string, init?: RequestInit) => app.fetch(new Request(url, init));
    const audits = serverAudits({ url: "http://localhost/graphql", fetchFn });
    const failed: string[] = [];
    for (const audit of audits) {
      const result = await audit.fn();
      if (result.status !== "ok") failed.push(`${result.id} ${result.name}: ${result.reason}`);
      if ("response" in result) await result.response.body?.cancel().catch(() => {});
    }
    assertEquals([audits.length, failed], [61, []]);
  }));
