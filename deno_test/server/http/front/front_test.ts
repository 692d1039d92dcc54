/** What stands in front of the routes: names, proxies, a path of its own, and answers as small as they can be. */

import { InputError } from "@countergrade/countergrade";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { checkBasePath } from "../../../../server/http/front/base_path.ts";
import { checkHost, isForeign } from "../../../../server/http/front/hosts.ts";
import { packed } from "../../../../server/http/front/pack.ts";
import { TrustedProxies } from "../../../../server/http/front/proxies.ts";
import { post, withToyServer } from "../../toy_server.ts";

Deno.test("a request by a name that is not the server's is foreign, unless it is allowed", () => {
  const at = (name: string, host: string, allowed: string[] = []) =>
    isForeign(new URL(`http://${name}/`), host, allowed);
  const evil = "evil.example.org";
  assertEquals([at("localhost:1", "127.0.0.1"), at(evil, "127.0.0.1")], [false, true]);
  assertEquals([
    at("lab.example", "127.0.0.1", ["lab.example"]),
    at(evil, "127.0.0.1", ["lab.example"]),
  ], [false, true]);
  assertEquals([at(evil, "0.0.0.0"), at(evil, "0.0.0.0", ["lab.example"])], [false, true]);
  assertEquals([at("10.1.1.1", "10.1.1.1", ["lab.example"]), at("[::1]", "::1")], [false, false]);
  assertEquals(checkHost("Lab.Example"), "lab.example");
  for (const wrong of ["a b", "lab:80", "http://lab", ""]) {
    assertThrows(() => checkHost(wrong), InputError);
  }
});

Deno.test("who the client is is taken from proxies that are believed, and from nobody else", () => {
  const client = (proxies: string[], address: string, way?: string) =>
    new TrustedProxies(proxies).clientOf(
      new Request(
        "http://localhost/",
        way === undefined ? {} : { headers: { "x-forwarded-for": way } },
      ),
      address,
    );
  assertEquals(client([], "9.9.9.9", "1.1.1.1"), "9.9.9.9");
  assertEquals(client(["127.0.0.1"], "9.9.9.9", "1.1.1.1"), "9.9.9.9");
  assertEquals(client(["127.0.0.1"], "127.0.0.1", "1.1.1.1"), "1.1.1.1");
  assertEquals(client(["127.0.0.1"], "::ffff:127.0.0.1", "1.1.1.1"), "1.1.1.1");
  assertEquals(client(["127.0.0.1"], "127.0.0.1"), "127.0.0.1");
  // What a client writes itself stands first.
  assertEquals(
    client(["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "6.6.6.6, 1.1.1.1, 10.2.3.4"),
    "1.1.1.1",
  );
  assertEquals(client(["::1"], "::1", "[2001:db8::1]:4711"), "2001:db8::1");
  for (const wrong of ["lab", "10.0.0.0/33", "10.0.0.0/x", ""]) {
    assertThrows(() => new TrustedProxies([wrong]), InputError, "expected an address");
  }
});

Deno.test("below a base path every address has it, whether the proxy takes it away or not", () =>
  withToyServer(async ({ app }) => {
    const ask = async (path: string, query: string) => {
      const request = new Request(new URL(path, "http://localhost"), post(query));
      return (await (await app.fetch(request)).json()).data;
    };
    const query = '{ dataset(id: "bars") { image(index: 0) { image { url } } } }';
    const [kept, taken] = [await ask("/lab/graphql", query), await ask("/graphql", query)];
    const { url } = kept.dataset.image.image;
    assertEquals(taken.dataset.image.image.url, url);
    assertStringIncludes(url, "/lab/datasets/bars/val/0.png");
    const status = async (path: string) => {
      const response = await app.fetch(new Request(`http://localhost${path}`));
      await response.body?.cancel();
      return [response.status, response.headers.get("location")];
    };
    assertEquals(await status(url), [200, null]);
    assertEquals(await status("/lab"), [308, "/lab/"]);
    assertEquals([await status("/lab/"), await status("/lab/page.js")], [[200, null], [200, null]]);
    assertEquals(await status("/labx/"), [404, null]);
  }, { basePath: "/lab" }));

Deno.test("a base path is letters between slashes", () => {
  assertEquals([checkBasePath("/a/b-c/"), checkBasePath("/")], ["/a/b-c", ""]);
  for (const wrong of ["a", "/..", "/a b", "//a", "/a?b"]) {
    assertThrows(() => checkBasePath(wrong), InputError);
  }
});

const TEXT = JSON.stringify(Array.from({ length: 1000 }, (_, i) => ({ i })));

async function answer(headers: Record<string, string>, route = "graphql", text = TEXT) {
  const response = new Response(text, { headers: { "content-type": "application/json" } });
  return await packed(new Request("http://localhost/", { headers }), response, route);
}

Deno.test("an answer comes in the coding that the client likes best, and says that it depends on that", async () => {
  const decode = { br: brotliDecompressSync, gzip: gunzipSync };
  for (
    const [accepted, coding] of [
      ["gzip, deflate, br, zstd", "br"],
      ["gzip", "gzip"],
      ["br;q=0.1, gzip;q=0.9", "gzip"],
      ["br;q=0, *", "gzip"],
      ["GZIP", "gzip"],
    ] as const
  ) {
    const response = await answer({ "accept-encoding": accepted });
    assertEquals([response.headers.get("content-encoding"), response.headers.get("vary")], [
      coding,
      "accept-encoding",
    ]);
    const bytes = await response.bytes();
    assertEquals(Number(response.headers.get("content-length")), bytes.length);
    assert(bytes.length * 4 < TEXT.length);
    assertEquals(new TextDecoder().decode(decode[coding](bytes)), TEXT);
  }
  for (const [accepted, text] of [["identity", TEXT], ["br;q=0", TEXT], ["", TEXT], ["br", "{}"]]) {
    const plain = await answer({ "accept-encoding": accepted }, "graphql", text);
    assertEquals([plain.headers.get("content-encoding"), await plain.text()], [null, text]);
  }
});

Deno.test("what a client has already does not come again", async () => {
  const first = await answer({});
  const etag = first.headers.get("etag")!;
  await first.body?.cancel();
  const again = await answer({ "if-none-match": `"x", ${etag}`, "accept-encoding": "br" });
  assertEquals([again.status, await again.text()], [304, ""]);
  const other = await answer({ "if-none-match": etag }, "graphql", "[1]");
  assertEquals([other.status, await other.text()], [200, "[1]"]);
  const figures = await answer({}, "metrics");
  assertEquals(figures.headers.get("etag"), null);
  await figures.body?.cancel();
});

Deno.test("streams and pictures go out as they are", () =>
  withToyServer(async ({ app }) => {
    const headers = { "accept-encoding": "br, gzip" };
    const picture = await app.fetch(
      new Request("http://localhost/datasets/bars/val/0.png", { headers }),
    );
    assertEquals(picture.headers.get("content-encoding"), null);
    await picture.body!.cancel();
    const stream = await app.fetch(
      post("subscription { countUp(input: { steps: 2 }) { number } }", {}, {
        ...headers,
        accept: "text/event-stream",
      }),
    );
    assertEquals(stream.headers.get("content-encoding"), null);
    assertStringIncludes(await stream.text(), "event: complete");
    const page = await app.fetch(new Request("http://localhost/page.js", { headers }));
    assertEquals(page.headers.get("content-encoding"), "br");
    await page.body!.cancel();
  }));
