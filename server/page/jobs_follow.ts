/** Following a job: its events come in groups, and after a broken connection they go on where they stopped. */

/// <reference lib="dom" />

import { ServerError, subscribe } from "./client.ts";
import { reachable } from "./connection.ts";
import { JOB_EVENTS, type JobEvent } from "./jobs_operations.ts";

/** Events are told together at most this often, in ms: a long training has thousands to catch up with. */
const GATHER = 100;

const LAST = new Set(["Done", "Failed", "Cancelled"]);

/**
 * Tells the events of a job after number `after` until it ends or `signal` is aborted. The job itself goes on.
 *
 * @throws {ServerError} When the server knows no such job.
 */
export async function followJob(
  id: string,
  after: number,
  tell: (events: readonly JobEvent[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let group: JobEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (group.length && !signal.aborted) tell(group);
    group = [];
  };
  while (!signal.aborted) {
    try {
      const events = subscribe<{ event: JobEvent }>(JOB_EVENTS, { id, after }, signal);
      for await (const { event } of events) {
        after = event.number;
        group.push(event);
        if (LAST.has(event.__typename)) return flush();
        timer ??= setTimeout(flush, GATHER);
      }
    } catch (error) {
      if (error instanceof ServerError) throw error;
    }
    flush();
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, GATHER));
    await reachable();
  }
}
