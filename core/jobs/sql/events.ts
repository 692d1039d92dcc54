/** Events in SQL, numbered per job. */

import { type JobEvent, type JobNews, type Lease, LeaseLostError } from "../job.ts";
import type { EventStore } from "../store.ts";
import type { Dialect } from "./dialect.ts";
import type { SqlJobs } from "./jobs.ts";
import { all, aside, type InSteps, one, ring, type Row, type Steps, time, whole } from "./steps.ts";

/** What is soon replaced by what follows. */
const PASSING: readonly JobNews["type"][] = ["progress", "preview"];

/** An {@linkcode EventStore} in SQL that rings the bus after events. */
export class SqlEvents implements InSteps<EventStore> {
  readonly #dialect: Dialect;
  readonly #jobs: SqlJobs;

  constructor(dialect: Dialect, jobs: SqlJobs) {
    this.#dialect = dialect;
    this.#jobs = jobs;
  }

  *append(lease: Lease, bodies: readonly JobNews[], after?: number): Steps<JobEvent[]> {
    const { relaxed } = this.#dialect;
    return yield* whole(function* (this: SqlEvents): Steps<JobEvent[]> {
      if (relaxed && bodies.every(({ type }) => PASSING.includes(type))) yield* aside(relaxed);
      if (!(yield* this.#jobs.leased(lease))) throw new LeaseLostError(lease);
      const last = yield* this.count(lease.id);
      if (after !== undefined && last > after) {
        return yield* this.read(lease.id, after, bodies.length);
      }
      const events = yield* this.#insert(lease.id, bodies, last);
      yield* ring(lease.id);
      return events;
    }.bind(this));
  }

  /** Appends, where the caller has locked the job and rings. */
  *insert(job: string, bodies: readonly JobNews[]): Steps<JobEvent[]> {
    return yield* this.#insert(job, bodies, yield* this.count(job));
  }

  *#insert(job: string, bodies: readonly JobNews[], last: number): Steps<JobEvent[]> {
    const at = yield* time();
    const events = bodies.map((body, i) => ({ job, number: last + 1 + i, at, body }));
    const rows = events.map((_, i) => `($job, $number${i}, $at, $body${i})`).join(", ");
    yield* all(
      `INSERT INTO events (job, number, at, body) VALUES ${rows}`,
      Object.assign(
        { job, at },
        ...events.map(({ number, body }, i) => ({
          [`number${i}`]: number,
          [`body${i}`]: JSON.stringify(body),
        })),
      ),
    );
    return events;
  }

  *read(job: string, after: number, limit = 256): Steps<JobEvent[]> {
    const rows = yield* all(
      "SELECT * FROM events WHERE job = $job AND number > $after ORDER BY number LIMIT $limit",
      { job, after, limit },
    );
    return rows.map(eventOf);
  }

  *count(job: string): Steps<number> {
    const row = yield* one("SELECT max(number) AS last FROM events WHERE job = $job", { job });
    return Number(row?.last ?? 0);
  }

  *latest(job: string, type: JobNews["type"]): Steps<JobEvent | undefined> {
    const row = yield* one(
      `SELECT * FROM events WHERE job = $job AND ${this.#dialect.field("body", "type")} = $type
       ORDER BY number DESC LIMIT 1`,
      { job, type },
    );
    return row && eventOf(row);
  }
}

function eventOf(row: Row): JobEvent {
  return {
    job: String(row.job),
    number: Number(row.number),
    at: String(row.at),
    body: JSON.parse(String(row.body)),
  };
}
