/** Answers as small as the client can read them, and none where it has the same already. */

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** What is worth it: pictures, models and streams are not. */
const TEXT =
  /^(text\/(?!event-stream)|application\/(json|graphql-response\+json|javascript)|image\/svg)/;

/** Smaller answers fit in one packet anyway. In bytes. */
const LEAST = 1_000;

/** Larger ones would take the threads that others wait for. In bytes. */
const MOST = 20_000_000;

/** How each coding is made, the best first. Quality 4 of Brotli is as fast as gzip, and smaller. */
const CODINGS = {
  br: (bytes: Uint8Array) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes),
};

/** Answers that a client may keep and ask for again, unchanged: what is got, not what is done. */
const KEPT = new Set(["page", "graphql", "showcase"]);

/** The same answer, compressed where the client takes that; 304 where it has it. */
export async function packed(
  request: Request,
  response: Response,
  route: string,
): Promise<Response> {
  const { headers, status, body } = response;
  if (!TEXT.test(headers.get("content-type") ?? "") || status === 304) return response;
  headers.append("vary", "accept-encoding");
  if (status !== 200 || !body || headers.has("content-encoding")) return response;
  if (Number(headers.get("content-length") ?? 0) > MOST) return response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (request.method === "GET" && KEPT.has(route) && !headers.has("etag")) {
    headers.set(
      "etag",
      `W/"${createHash("sha256").update(bytes).digest("base64url").slice(0, 27)}"`,
    );
    if (knows(request, headers.get("etag")!)) {
      for (const name of ["content-length", "content-type"]) headers.delete(name);
      return new Response(null, { status: 304, headers });
    }
  }
  const coding = bytes.length < LEAST ? undefined : codingFor(request);
  if (!coding) return new Response(bytes, { status, headers });
  const small = await CODINGS[coding](bytes);
  headers.set("content-encoding", coding);
  headers.set("content-length", String(small.length));
  const etag = headers.get("etag");
  // Another coding is another representation, of the same meaning.
  if (etag && !etag.startsWith("W/")) headers.set("etag", `W/${etag}`);
  headers.delete("accept-ranges");
  return new Response(small as Uint8Array<ArrayBuffer>, { status, headers });
}

function knows({ headers }: Request, etag: string): boolean {
  const known = (headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim());
  return known.includes(etag) || known.includes("*");
}

/** The coding that a client likes best among ours; undefined where it takes none. */
function codingFor({ headers }: Request): keyof typeof CODINGS | undefined {
  const accepted = new Map(
    (headers.get("accept-encoding") ?? "").toLowerCase().split(",").map((part) => {
      const [name, ...parameters] = part.split(";").map((text) => text.trim());
      const quality = parameters.find((text) => text.startsWith("q="))?.slice(2);
      return [name, quality === undefined ? 1 : Number(quality) || 0];
    }),
  );
  const liked = (name: string) => accepted.get(name) ?? accepted.get("*") ?? 0;
  const [best] = (Object.keys(CODINGS) as (keyof typeof CODINGS)[])
    .toSorted((a, b) => liked(b) - liked(a));
  return liked(best) > 0 ? best : undefined;
}
