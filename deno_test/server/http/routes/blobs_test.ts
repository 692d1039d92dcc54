/** Stored files as a browser gets them. */

import { assertEquals } from "@std/assert";
import { respondWithBlob } from "../../../../server/http/routes/blobs.ts";

const bytes = new TextEncoder().encode("<svg/>");
const blobs = { has: () => Promise.resolve(true), read: () => Promise.resolve(bytes) };

function answer(extension: string, init?: RequestInit): Promise<Response> {
  const url = new URL(`http://localhost/blobs/${"a".repeat(64)}.${extension}`);
  return respondWithBlob(new Request(url, init), url, blobs);
}

Deno.test("files are told by their extension; what is unknown is bytes", async () => {
  const expected = {
    png: "image/png",
    svg: "image/svg+xml",
    json: "application/json",
    md: "text/markdown; charset=utf-8",
    safetensors: "application/octet-stream",
    html: "text/html; charset=utf-8",
    htm: "application/octet-stream",
    constructor: "application/octet-stream",
  };
  for (const [extension, type] of Object.entries(expected)) {
    const response = await answer(extension);
    assertEquals([response.status, response.headers.get("content-type")], [200, type]);
    await response.body?.cancel();
  }
});

Deno.test("an SVG or a page opened as a page is in a sandbox that loads nothing from elsewhere; other files need none", async () => {
  for (const init of [{}, { method: "HEAD" }, { headers: { "if-none-match": "*" } }]) {
    for (const extension of ["svg", "html"]) {
      const { headers, body } = await answer(extension, init);
      assertEquals(
        headers.get("content-security-policy"),
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
      );
      await body?.cancel();
    }
  }
  const { headers, body } = await answer("png");
  assertEquals(headers.get("content-security-policy"), null);
  await body?.cancel();
});

Deno.test("a file that the browser has is not sent again, however its tag is written", async () => {
  const { headers, body } = await answer("png");
  await body?.cancel();
  const etag = headers.get("etag")!;
  for (
    const [tags, status] of [
      [etag, 304],
      [`W/${etag}`, 304],
      [`"x", W/${etag}`, 304],
      ["*", 304],
      ['"x"', 200],
      [etag.replace(/^"/, '"b'), 200],
    ] as const
  ) {
    const response = await answer("png", { headers: { "if-none-match": tags } });
    assertEquals([response.status, response.headers.get("etag")], [status, etag], tags);
    assertEquals(await response.text(), status === 304 ? "" : "<svg/>");
  }
});

Deno.test("HEAD tells the size and sends nothing", async () => {
  const response = await answer("png", { method: "HEAD" });
  assertEquals([response.status, response.headers.get("content-length")], [200, "6"]);
  assertEquals(response.body, null);
});
