/** Stored files under `/blobs/<sha256>.<extension>`: they never change, so a browser asks once. */

import { isBlobName } from "@countergrade/countergrade/jobs";
import type { ClientJobs } from "../../jobs/client_jobs.ts";
import type { CheckedFiles } from "../files/checked_files.ts";
import { type Content, respondImmutable, wholeContent } from "../files/immutable.ts";
import { cutIn, cutText, type PlaneCut, planeOfSheet } from "../plane_cut.ts";

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

async function cutContent(content: Content, cut: PlaneCut): Promise<Content> {
  const whole = await new Response(await content.read({ start: 0, end: content.size })).bytes();
  return wholeContent(planeOfSheet(whole, cut));
}

/** Answers a request for a stored file; what another's is, is not there. @throws {StorageError} When it is damaged. */
export async function respondWithBlob(
  request: Request,
  url: URL,
  files: Pick<CheckedFiles, "open">,
  jobs: Pick<ClientJobs, "mayHave">,
): Promise<Response> {
  const name = url.pathname.slice("/blobs/".length);
  const may = isBlobName(name) && await jobs.mayHave(name);
  const content = may ? await files.open(name) : undefined;
  if (!content) return new Response("Not found\n", { status: 404 });
  const [, extension] = name.split(".");
  const { type, policy } = Object.hasOwn(HANDOUTS, extension) ? HANDOUTS[extension] : BYTES;
  const cut = cutIn(url.searchParams);
  const response = await respondImmutable(
    request,
    { etag: cut ? `"${name}/${cutText(cut)}"` : `"${name}"`, type },
    async () => cut ? await cutContent(content, cut) : content,
  );
  if (policy) response.headers.set("content-security-policy", policy);
  return response;
}
