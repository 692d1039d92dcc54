/** Stored files under `/blobs/<sha256>.<extension>`: they never change, so a browser asks once. */

import type { BlobStore } from "@countergrade/countergrade/jobs";
import { isBlobName } from "@countergrade/countergrade/jobs";

/** How a file is handed out. */
interface Handout {
  readonly type: string;
  /** Content security policy of the file as a page of its own; none for what no browser takes for a page. */
  readonly policy?: string;
}

/** A file that may be opened as a page: it runs no script, loads nothing but the pictures in itself, and stands outside of this server's origin. */
const PAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** By the extension; anything else is bytes. */
const HANDOUTS: Readonly<Record<string, Handout>> = {
  png: { type: "image/png" },
  html: { type: "text/html; charset=utf-8", policy: PAGE_POLICY },
  svg: { type: "image/svg+xml", policy: PAGE_POLICY },
  json: { type: "application/json" },
  md: { type: "text/markdown; charset=utf-8" },
  safetensors: { type: "application/octet-stream" },
};

const BYTES: Handout = { type: "application/octet-stream" };

/** Answers a request for a stored file. @throws {StorageError} When it is damaged. */
export async function respondWithBlob(
  request: Request,
  url: URL,
  blobs: Pick<BlobStore, "has" | "read">,
): Promise<Response> {
  const name = url.pathname.slice("/blobs/".length);
  if (!isBlobName(name) || !await blobs.has(name)) {
    return new Response("Not found\n", { status: 404 });
  }
  const [, extension] = name.split(".");
  const { type, policy } = Object.hasOwn(HANDOUTS, extension) ? HANDOUTS[extension] : BYTES;
  const response = await respondImmutable(request, `"${name}"`, async () => ({
    type,
    bytes: await blobs.read(name),
  }));
  if (policy) response.headers.set("content-security-policy", policy);
  return response;
}

/** Answers with content that never changes, or with 304 when the client has it. */
export async function respondImmutable(
  request: Request,
  etag: string,
  load: () => Promise<{ type: string; bytes: Uint8Array<ArrayBuffer> }>,
): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const caching = { etag, "cache-control": "public, max-age=31536000, immutable" };
  const known = request.headers.get("if-none-match")?.split(",").map((tag) => tag.trim()) ?? [];
  if (known.includes(etag) || known.includes("*") || known.includes(`W/${etag}`)) {
    return new Response(null, { status: 304, headers: caching });
  }
  const { type, bytes } = await load();
  const headers = { ...caching, "content-type": type, "content-length": String(bytes.length) };
  return new Response(request.method === "HEAD" ? null : bytes, { headers });
}
