/** Stored files under `/blobs/<sha256>.<extension>`: they never change, so a browser asks once. */

import type { BlobStore } from "@countergrade/countergrade";
import { isBlobName } from "@countergrade/countergrade";

const TYPES: Record<string, string> = {
  png: "image/png",
  json: "application/json",
  safetensors: "application/octet-stream",
};

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
  return await respondImmutable(request, `"${name}"`, async () => ({
    type: TYPES[name.split(".")[1]] ?? "application/octet-stream",
    bytes: await blobs.read(name),
  }));
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
