/** Events in SQLite, numbered per job. */

import type { EventBus } from "../event_bus.ts";
import type { Row, SqliteDatabase } from "./database.ts";
import { type JobEvent, type JobNews, type Lease, LeaseLostError } from "../job.ts";
import type { EventStore } from "../store.ts";
import { leased } from "./jobs.ts";

/** An {@linkcode EventStore} in SQLite that rings the bus after each event. */
export class SqliteEvents implements EventStore {
  #database: SqliteDatabase;
  #bus: EventBus;
  #now: () => number;

  constructor(database: SqliteDatabase, bus: EventBus, now: () => number = Date.now) {
    this.#database = database;
    this.#bus = bus;
    this.#now = now;
  }

  append(lease: Lease, bodies: readonly JobNews[]): JobEvent[] {
    const { id } = lease;
    const insert = () => {
      if (!leased(this.#database, lease)) throw new LeaseLostError(lease);
      return bodies.map((body) => this.insert(id, body));
    };
    const events = this.#database.transaction(insert);
    this.#bus.publish(id);
    return events;
  }

  /** Appends without ringing: inside a transaction the event is not there yet for others. */
  insert(job: string, body: JobNews): JobEvent {
    const at = new Date(this.#now()).toISOString();
    const row = this.#database.one(
      `INSERT INTO events (job, number, at, body)
       SELECT $job, coalesce(max(number), 0) + 1, $at, $body FROM events WHERE job = $job
       RETURNING number`,
      { job, at, body: JSON.stringify(body) },
    )!;
    return { job, number: Number(row.number), at, body };
  }

  read(job: string, after: number, limit = 256): JobEvent[] {
    return this.#database.all(
      "SELECT * FROM events WHERE job = $job AND number > $after ORDER BY number LIMIT $limit",
      { job, after, limit },
    ).map(eventOf);
  }

  count(job: string): number {
    const row = this.#database.one("SELECT max(number) AS last FROM events WHERE job = $job", {
      job,
    });
    return Number(row?.last ?? 0);
  }

  latest(job: string, type: JobNews["type"]): JobEvent | undefined {
    const row = this.#database.one(
      `SELECT * FROM events WHERE job = $job AND json_extract(body, '$.type') = $type
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
