/** The events of a job under `/jobs/<id>/events`, as a browser's own `EventSource` takes them: it goes on by itself where it was. */

import { InputError } from "@countergrade/countergrade";
import { isBlobName, type JobEvent } from "@countergrade/countergrade/jobs";
import type { ClientJobs } from "../../jobs/client_jobs.ts";
import { type Form, streamResponse } from "../streams/stream_response.ts";

/** Each event has its number as `id`, which comes back as `Last-Event-ID`; after an end of the stream a client waits a second. */
const form = (base: string): Form<JobEvent> => ({
  type: "text/event-stream",
  begin: "retry: 1000\n\n",
  ping: ":\n\n",
  next: ({ number, at, body }) => {
    const addressed = (_key: string, value: unknown) =>
      typeof value === "string" && isBlobName(value) ? `${base}/blobs/${value}` : value;
    return `id: ${number}\ndata: ${JSON.stringify({ number, at, ...body }, addressed)}\n\n`;
  },
  end: "",
});

/**
 * Answers with the events behind `Last-Event-ID`, or `?after=`. Once nothing follows, 204: it tells an EventSource not to come back.
 *
 * @throws {NotFoundError} When there is no such job for the caller.
 * @throws {InputError} When the place to go on from is no number.
 */
export async function respondWithJobEvents(
  request: Request,
  url: URL,
  jobs: ClientJobs,
  { stopping, base }: { stopping: AbortSignal; base: string },
): Promise<Response> {
  const [, id] = /^\/jobs\/([\w-]{1,100})\/events$/.exec(url.pathname) ?? [];
  if (id === undefined) return new Response("Not found\n", { status: 404 });
  if (request.method !== "GET") {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET" } });
  }
  const asked = request.headers.get("last-event-id") ?? url.searchParams.get("after") ?? "0";
  if (!/^\d{1,15}$/.test(asked)) {
    throw new InputError(
      `Cannot go on after "${asked.slice(0, 100)}": expected the number of an event`,
      ["after"],
    );
  }
  const { state } = await jobs.job(id);
  const after = Number(asked);
  const goesOn = state === "queued" || state === "running";
  if (!goesOn && after >= await jobs.workspace.store.events.count(id)) {
    return new Response(null, { status: 204 });
  }
  return streamResponse(jobs.watch(id, after, stopping), form(base));
}
