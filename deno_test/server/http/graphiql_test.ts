/** GraphiQL: only for development, offline, under a policy that is relaxed for it alone. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve } from "../../../server/main.ts";
import { browserTest, withWindow } from "../page/browser.ts";
import { TOYS, withToyServer } from "../toy_server.ts";

const get = (path: string) => new Request(`http://localhost${path}`);

Deno.test("GraphiQL is there with --dev only, and no other page has its policy", async () => {
  await withToyServer(async ({ app }) => {
    assertEquals((await app.fetch(get("/graphiql"))).status, 404);
  });
  await withToyServer(async ({ app }) => {
    const response = await app.fetch(get("/graphiql"));
    assertEquals(response.status, 200);
    assertStringIncludes(response.headers.get("content-security-policy")!, "connect-src 'self'");
    assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
    const text = await response.text();
    assertStringIncludes(text, "Countergrade GraphiQL");
    assert(
      !/<(script|link|img)[^>]+(src|href)="(https?:)?\/\//.test(text),
      "it loads from elsewhere",
    );
    const page = await app.fetch(get("/"));
    await page.body!.cancel();
    assert(!page.headers.get("content-security-policy")!.includes("unsafe-inline"));
    assertEquals(
      (await app.fetch(new Request("http://localhost/graphiql", { method: "POST" }))).status,
      405,
    );
  }, { dev: true });
});

browserTest(
  "GraphiQL shows the schema and runs an operation without leaving the server",
  async () => {
    const home = await Deno.makeTempDir();
    const server = await serve({
      port: 0,
      host: "127.0.0.1",
      home,
      plugins: TOYS,
      deadline: 200,
      dev: true,
    });
    try {
      await withWindow(async (page) => {
        page.setDefaultTimeout(30_000);
        const complaints: string[] = [];
        const foreign: string[] = [];
        page.on("pageerror", (error) => complaints.push(error.message));
        page.on("console", (message) => {
          if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
        });
        page.on("request", (request) => {
          const url = request.url();
          if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) foreign.push(url);
        });
        await page.goto(`${server.url}graphiql`);
        await page.getByRole("button", { name: /Execute query/ }).click();
        await page.getByText("toy-tasks").first().waitFor();
        assertEquals([foreign, complaints], [[], []]);
      });
    } finally {
      await server[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    }
  },
);
