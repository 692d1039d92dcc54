/** Stored files as a browser gets them. */

import { encode } from "@countergrade/countergrade/formats";
import { assertEquals } from "@std/assert";
import { decode } from "../../../../core/formats/png/png.ts";
import { wholeContent } from "../../../../server/http/files/immutable.ts";
import { respondWithBlob } from "../../../../server/http/routes/blobs.ts";

const bytes = new TextEncoder().encode("<svg/>");
const files = { open: () => Promise.resolve(wholeContent(bytes)) };

const jobs = { mayHave: () => Promise.resolve(true) };

const urlOf = (extension: string) =>
  new URL(`http://localhost/blobs/${"a".repeat(64)}.${extension}`);

function answer(extension: string, init?: RequestInit): Promise<Response> {
  const url = urlOf(extension);
  return respondWithBlob(new Request(url, init), url, files, jobs);
}

Deno.test("what is not there, no file, or another's is not found, and then not even looked for", async () => {
  const opened: string[] = [];
  const none = { open: (name: string) => (opened.push(name), Promise.resolve(undefined)) };
  const others = { mayHave: () => Promise.resolve(false) };
  const odd = new URL("http://localhost/blobs/keys.txt");
  for (
    const [url, from, of] of [
      [urlOf("png"), none, jobs],
      [urlOf("png"), files, others],
      [urlOf("png"), none, others],
      [odd, none, jobs],
    ] as const
  ) {
    const response = await respondWithBlob(new Request(url), url, from, of);
    assertEquals([response.status, await response.text()], [404, "Not found\n"]);
  }
  assertEquals(opened, [urlOf("png").pathname.slice("/blobs/".length)]);
});

Deno.test("a plane of a sheet is cut out and has a tag of its own", async () => {
  // Two slices of two rows of three columns.
  const sheet = encode(Uint8Array.from({ length: 12 }, (_, i) => 20 * i), 3, 4, { color: "gray" });
  const sheets = { open: () => Promise.resolve(wholeContent(sheet)) };
  const cut = async (asked: string) => {
    const url = new URL(`${urlOf("png")}?${asked}`);
    const response = await respondWithBlob(new Request(url), url, sheets, jobs);
    return { tag: response.headers.get("etag"), ...decode(await response.bytes()) };
  };
  const { tag, width, height, image } = await cut("axis=slice&index=1&depth=2");
  assertEquals([width, height, [...image]], [3, 2, [120, 140, 160, 180, 200, 220]]);
  assertEquals(tag, `"${"a".repeat(64)}.png/axis=slice&index=1&depth=2"`);
  assertEquals([...(await cut("axis=column&depth=2")).image], [0, 120, 60, 180]);
});

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

Deno.test("a part of a file is sent alone, so that a broken download goes on", async () => {
  const cases: [range: string, status: number, text: string, of: string | null][] = [
    ["bytes=0-2", 206, "<sv", "bytes 0-2/6"],
    ["bytes=4-", 206, "/>", "bytes 4-5/6"],
    ["bytes=-2", 206, "/>", "bytes 4-5/6"],
    ["bytes=-9", 206, "<svg/>", "bytes 0-5/6"],
    ["bytes=5-99", 206, ">", "bytes 5-5/6"],
    ["bytes=6-", 416, "", "bytes */6"],
    ["bytes=-0", 416, "", "bytes */6"],
    // What need not be understood is the whole file.
    ["bytes=0-1,3-4", 200, "<svg/>", null],
    ["bytes=3-1", 200, "<svg/>", null],
    ["bytes=-", 200, "<svg/>", null],
    ["lines=1-2", 200, "<svg/>", null],
  ];
  for (const [range, status, text, of] of cases) {
    const response = await answer("png", { headers: { range } });
    const { headers } = response;
    assertEquals([response.status, headers.get("content-range")], [status, of], range);
    const body = await response.text();
    assertEquals(body, text, range);
    if (status !== 416) assertEquals(headers.get("content-length"), String(body.length));
  }
  const { headers, body } = await answer("png");
  await body?.cancel();
  assertEquals(headers.get("accept-ranges"), "bytes");
  for (const [condition, status] of [[headers.get("etag")!, 206], ['"other"', 200]] as const) {
    const response = await answer("png", { headers: { range: "bytes=1-", "if-range": condition } });
    assertEquals(response.status, status);
    await response.body?.cancel();
  }
});
