/** Content that never changes, or only its address does: a client asks for it once, or for the part that it lacks. */

import { type ByteRange, rangeOf } from "./byte_range.ts";

/** What an address stands for. */
export interface Content {
  /** In bytes. */
  readonly size: number;
  /** The bytes of a part. @throws {CountergradeError} */
  read(part: ByteRange): Promise<BodyInit>;
}

/** Content that is there as a whole. */
export function wholeContent(bytes: Uint8Array<ArrayBuffer>): Content {
  return {
    size: bytes.length,
    read: ({ start, end }) => Promise.resolve(bytes.subarray(start, end)),
  };
}

/** Answers with content or a part of it, or with 304 when the client has it. */
export async function respondImmutable(
  request: Request,
  { etag, type }: { etag: string; type: string },
  open: () => Promise<Content>,
): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  const headers: Record<string, string> = {
    etag,
    "cache-control": "public, max-age=31536000, immutable",
    "accept-ranges": "bytes",
  };
  const known = request.headers.get("if-none-match")?.split(",").map((tag) => tag.trim()) ?? [];
  if (known.includes(etag) || known.includes("*") || known.includes(`W/${etag}`)) {
    return new Response(null, { status: 304, headers });
  }
  const content = await open();
  const { size } = content;
  const range = rangeOf(request, size, etag);
  if (range === "none") {
    headers["content-range"] = `bytes */${size}`;
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range ?? { start: 0, end: size };
  Object.assign(headers, { "content-type": type, "content-length": String(end - start) });
  if (range) headers["content-range"] = `bytes ${start}-${end - 1}/${size}`;
  const body = request.method === "HEAD" ? null : await content.read({ start, end });
  return new Response(body, { status: range ? 206 : 200, headers });
}
