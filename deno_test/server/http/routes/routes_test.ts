/** The server without a port: pictures, stored files, limits, what is refused, health. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { limitOperations } from "../../../../server/http/operation_limits.ts";
import { post, withToyServer } from "../../toy_server.ts";

Deno.test("images of a data set are listed and rendered, and cached for good", () =>
  withToyServer(async ({ ask, app }) => {
    const { data } = await ask(`{
      dataset(id: "bars") {
        splits { name size }
        images(split: "val", first: 2, after: "4") {
          totalCount nodes { index imageId label labelName image { url } } pageInfo { hasNextPage }
        }
        image(split: "test", index: 4) { imageId }
      }
    }`);
    const { images, image } = data.dataset;
    assertEquals(images.totalCount, 30);
    assertEquals(images.nodes[0].imageId, "val-5");
    assertEquals([images.nodes[0].label, images.nodes[0].labelName], [1, "mild"]);
    assertEquals(image.imageId, "test-4");

    const url = new URL(images.nodes[0].image.url, "http://localhost");
    const response = await app.fetch(new Request(url));
    assertEquals(response.headers.get("content-type"), "image/png");
    assertStringIncludes(response.headers.get("cache-control")!, "immutable");
    assertEquals((await response.bytes()).slice(1, 4), new TextEncoder().encode("PNG"));
    const known = { "if-none-match": response.headers.get("etag")! };
    const again = await app.fetch(new Request(url, { headers: known }));
    assertEquals([again.status, await again.text()], [304, ""]);

    for (
      const path of ["bars/val/30.png", "bars/nope/0.png", "none/val/0.png", "bars/val/0.png?v=1"]
    ) {
      const { status } = await app.fetch(new Request(`http://localhost/datasets/${path}`));
      assert(status === 404 || status === 400, `${path} gave ${status}`);
    }
    const wrong = await ask('{ dataset(id: "bars") { image(index: 30) { label } } }');
    assertEquals(wrong.errors?.[0].extensions?.code, "NOT_FOUND");
    const split = await ask('{ dataset(id: "bars") { images(split: "x") { totalCount } } }');
    assertEquals(split.errors?.[0].extensions?.optionPath, ["split"]);
  }));

Deno.test("stored files have addresses that never change; no other file is reached", () =>
  withToyServer(async ({ compute, app }) => {
    const name = await compute.workspace.blobs.write(new TextEncoder().encode("{}"), "json");
    const get = (path: string, init?: RequestInit) =>
      app.fetch(new Request(`http://localhost/blobs/${path}`, init));
    const response = await get(name);
    assertEquals(await response.text(), "{}");
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    const etag = response.headers.get("etag")!;
    assertEquals((await get(name, { headers: { "if-none-match": `"x", ${etag}` } })).status, 304);
    assertEquals((await get(name, { method: "HEAD" })).headers.get("content-length"), "2");
    assertEquals((await get(name, { method: "POST" })).status, 405);
    for (const path of ["../countergrade.db", "%2e%2e/countergrade.db", `${"0".repeat(64)}.png`]) {
      assertEquals((await get(path)).status, 404);
    }
    await Deno.writeTextFile(compute.workspace.blobs.path(name), "damaged");
    assertEquals((await get(name)).status, 500);
  }));

Deno.test("operations beyond the limits are refused", () =>
  withToyServer(async ({ ask, app }) => {
    const deep = "encoder { dataset { image(index: 0) { image { url } } } }";
    assertEquals((await ask(`{ probes { nodes { ${deep} } } }`)).errors, undefined);
    const refusal = async (query: string) => {
      const [error] = (await ask(query)).errors ?? [];
      assertEquals(error?.extensions?.code, "LIMIT");
      return error?.message;
    };
    const nested = (n: number): string =>
      n ? `events(first: 1) { nodes { job { ${nested(n - 1)} } } }` : "id";
    assertEquals((await ask(`{ job(id: "x") { ${nested(3)} } }`)).errors, undefined);
    assertStringIncludes(await refusal(`{ job(id: "x") { ${nested(4)} } }`), "depth is 14");
    const costly =
      "jobs(first: 100) { nodes { artifacts { id } events(first: 100) { nodes { number } } } }";
    assertStringIncludes(await refusal(`{ ${costly} }`), "complexity is");
    // A page of less than nothing is priced as one, and pays for no neighbor.
    assertStringIncludes(
      await refusal(`{ free: jobs(first: -100000) { nodes { id } } ${costly} }`),
      "complexity is",
    );
    const fields =
      "id task state options seed resultData createdAt startedAt finishedAt __typename ";
    assertStringIncludes(await refusal(`{ job(id: "x") { ${fields.repeat(41)} } }`), "breadth is");
    assertEquals((await ask(`{ ${"plugins { id } ".repeat(100)} }`)).errors, undefined);
    assertStringIncludes(
      await refusal(`{ ${"plugins { id } ".repeat(900)} }`),
      "at most 10000 pairs of fields of one name, there are 809100",
    );
    const fragments = Array.from({ length: 150 }, (_, i) => `fragment F${i} on Query { a }`);
    assertStringIncludes(await refusal(`{ a } ${fragments.join(" ")}`), "10000 pairs");
    const aliases = (n: number) =>
      `{ ${Array.from({ length: n }, (_, i) => `a${i}: __typename`).join(" ")} }`;
    assertEquals((await ask(aliases(100))).errors, undefined);
    assertStringIncludes(await refusal(aliases(101)), "at most 100 aliases, there are 101");
    const directives = `{ plugins ${"@skip(if: true) ".repeat(101)} { id } }`;
    assertStringIncludes(await refusal(directives), "at most 100 directives, there are 101");
    const levels = `{ node(id: ${"[".repeat(40)}${"]".repeat(40)}) { id } }`;
    assertStringIncludes(await refusal(levels), "at most 30 levels, there are 41");
    const lists = `query ($x: ${"[".repeat(40)}ID${"]".repeat(40)}) { __typename }`;
    assertStringIncludes(await refusal(lists), "at most 30 levels, there are 40");
    assertStringIncludes(await refusal(`{ ${"__typename ".repeat(5000)} }`), "4000 tokens");
    const parseFn = () => {
      throw new RangeError("Maximum call stack size exceeded");
    };
    let parse: (text: string, options: object) => unknown = () => {};
    const setParseFn = (wrapped: typeof parse) => parse = wrapped;
    limitOperations().onParse!({ params: { source: "{" }, parseFn, setParseFn } as never);
    assertThrows(() => parse("{", {}), Error, "at most 30 levels, there are more");
    const long = `{ __typename } # ${"x".repeat(100_000)}`;
    assertStringIncludes(await refusal(long), "at most 100000 characters, there are 100017");
    // What just keeps to them is looked at: it is refused for what it asks, or answered.
    const names = (n: number) => Array.from({ length: n }, (_, i) => `a${i}`).join(" ");
    const within: [query: string, code: string | undefined][] = [
      [`{ __typename } # ${"x".repeat(100_000 - 17)}`, undefined],
      [`{ ${names(3998)} }`, "BAD_INPUT"],
      [`{ plugins ${"@skip(if: true) ".repeat(100)} { id } }`, "BAD_INPUT"],
      [`{ node(id: ${"[".repeat(29)}${"]".repeat(29)}) { id } }`, "BAD_INPUT"],
      [`query ($x: ${"[".repeat(30)}ID${"]".repeat(30)}) { __typename }`, "BAD_INPUT"],
    ];
    for (const [query, code] of within) {
      assertEquals((await ask(query)).errors?.[0].extensions?.code, code, query.slice(0, 40));
    }
    assertStringIncludes(await refusal(`{ ${names(3999)} }`), "4000 tokens");
    const large = await app.fetch(post("{ __typename }", { filler: "x".repeat(1_100_000) }));
    assertEquals(large.status, 413);
    assertEquals((await large.json()).errors[0].extensions.code, "LIMIT");
  }));

Deno.test("an operation full of errors is checked once, whatever comments and texts it comes with", () =>
  withToyServer(async ({ ask }) => {
    const wrong = (n: number, text: string) =>
      `{ ${Array.from({ length: n }, (_, i) => `no${i}(a: "${text}")`).join(" ")} } # ${text}`;
    const first = await ask(wrong(30, "a"));
    assert(first.errors!.length >= 20);
    const again = await ask(wrong(30, "b"));
    assertEquals(again.errors!.map(({ extensions }) => extensions?.code), ["BAD_INPUT"]);
    assertStringIncludes(again.errors![0].message, "errors or more, as when it came before");
    assertEquals((await ask(wrong(31, "b"))).errors!.length > 1, true);
    for (const text of ["a", "b"]) assertEquals((await ask(wrong(3, text))).errors!.length, 3);
  }));

Deno.test("what a foreign page could send without asking is refused", () =>
  withToyServer(async ({ app, ask }) => {
    const url = "http://localhost/graphql";
    const body = JSON.stringify({ query: "mutation { countUp { __typename } }" });
    for (
      const [type, status] of [
        ["text/plain", 415],
        ["application/x-www-form-urlencoded", 415],
        ["multipart/form-data", 403],
      ] as const
    ) {
      const headers = { "content-type": type };
      assertEquals(
        (await app.fetch(new Request(url, { method: "POST", headers, body }))).status,
        status,
      );
    }
    const query = encodeURIComponent("subscription { countUp { number } }");
    const headers = { accept: "text/event-stream", origin: "https://example.org" };
    const subscribed = await app.fetch(new Request(`${url}?query=${query}`, { headers }));
    assertEquals(subscribed.status, 405);
    const plain = await app.fetch(new Request(`${url}?query=${query}`));
    assert(plain.status >= 400, `a subscription by plain GET gave ${plain.status}`);
    await plain.body?.cancel();
    const mutation = encodeURIComponent("mutation { countUp { __typename } }");
    const response = await app.fetch(new Request(`${url}?query=${mutation}`));
    assertEquals(response.status, 405);
    await response.body?.cancel();
    const allowed = await app.fetch(post("{ __typename }", {}, { origin: "https://example.org" }));
    assertEquals(allowed.headers.get("access-control-allow-origin"), null);
    assertEquals((await ask("{ jobs { nodes { id } } }")).data.jobs.nodes, []);
  }));

Deno.test("health, readiness and the page are served, nothing else", () =>
  withToyServer(async ({ app }) => {
    const get = (path: string) => app.fetch(new Request(`http://localhost${path}`));
    assertEquals((await get("/health")).status, 200);
    assertEquals((await get("/ready")).status, 200);
    const page = await get("/");
    assertStringIncludes(page.headers.get("content-security-policy")!, "script-src 'self'");
    assertStringIncludes(await page.text(), "Countergrade");
    for (const path of ["/page.js", "/styles/page.css", "/styles/map/map.css", "/icon.svg"]) {
      assertEquals((await get(path)).status, 200);
    }
    for (
      const path of ["/main.ts", "/../deno.json", "/constructor", "/page/page.css", "/map/map.tsx"]
    ) {
      assertEquals((await get(path)).status, 404);
    }
  }));
