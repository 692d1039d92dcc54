/** Following a job: its events come in groups, and after a broken connection they go on where they stopped. */

/// <reference lib="dom" />

import { request, ServerError, subscribe, untilAnswered } from "../shared/client.ts";
import { JOB_EVENTS, type JobEvent, LEAVE_JOB } from "./operations.ts";

/** Events are told together at most this often, in ms: a long training has thousands to catch up with. */
const GATHER = 100;

const LAST = new Set(["Done", "Failed", "Cancelled"]);

interface Numbered {
  readonly number: number;
  readonly __typename: string;
}

/** What to do while a job is followed. */
export interface Follower<Event> {
  /** Gets the events in their order. */
  tell(events: readonly Event[]): void;
  /** Called when the connection breaks. */
  broke?(): void;
  /** Called when there is a connection, also where nothing has happened yet. */
  connected?(): void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Tells the events of a job until it ends or the signal is aborted. The job itself goes on.
 *
 * @param document A subscription `jobEvents(id: $id, after: $after)` as `event`; default: what is common to all tasks.
 * @throws {ServerError} When the server knows no such job.
 */
export async function followJob<Event extends Numbered = JobEvent>(
  id: string,
  { tell, broke, connected, signal }: Follower<Event>,
  document = JOB_EVENTS,
  follower?: string,
): Promise<void> {
  let after = 0;
  let group: Event[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (group.length && !signal.aborted) tell(group);
    group = [];
  };
  await untilAnswered(async () => {
    try {
      const variables = { id, after, ...(follower && { follower }) };
      const events = subscribe<{ event: Event }>(document, variables, signal, connected);
      for await (const { event } of events) {
        after = event.number;
        group.push(event);
        if (LAST.has(event.__typename)) return flush();
        timer ??= setTimeout(flush, GATHER);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ServerError) throw error;
    }
    flush();
    if (signal.aborted) return;
    throw new TypeError("The connection ended early");
  }, broke);
}

/**
 * Starts a job for whoever looks, and follows it; when the signal is aborted it is left, and cancelled unless somebody else wants it.
 *
 * @returns The id of the job that has ended; undefined when it was left.
 * @throws {ServerError} When it cannot be started.
 */
export async function runJob<Event extends Numbered = JobEvent>(
  mutation: string,
  input: object,
  follower: Follower<Event>,
  document?: string,
): Promise<string | undefined> {
  const { signal, broke } = follower;
  // First the job, then its events: a job that still waits for its turn has none, but can be left.
  const id = await untilAnswered(async () => {
    if (!signal.aborted) return await start(mutation, input);
  }, broke);
  if (id === undefined) return;
  let end = "";
  const name = ownName();
  const tell = (events: readonly Event[]) => {
    end = events.at(-1)!.__typename;
    follower.tell(events);
  };
  await followJob<Event>(id, { ...follower, tell }, document, name);
  if (LAST.has(end)) return id;
  await request(LEAVE_JOB, { id, follower: name }).catch(() => {});
}

/** A name that nobody else has. */
function ownName(): string {
  return crypto.getRandomValues(new Uint32Array(3)).join("-");
}

async function start(mutation: string, input: object): Promise<string> {
  const { started: { job, errors } } = await request<{ started: Started }>(mutation, input);
  if (!job) throw new ServerError(errors[0].message);
  return job.id;
}

interface Started {
  readonly job: { readonly id: string } | null;
  readonly errors: readonly { message: string }[];
}
