/** The queue in SQLite: who runs which job, and what becomes of jobs whose process died. */

import { sha256 } from "../blobs.ts";
import { CountergradeError } from "../../errors.ts";
import type { EventBus } from "../event_bus.ts";
import type { SqliteAccess } from "./access.ts";
import { jobOf } from "./jobs.ts";
import type { Row, SqliteDatabase } from "./database.ts";
import type { SqliteEvents } from "./events.ts";
import {
  EVERYBODY,
  type Job,
  type JobNews,
  MAX_ATTEMPTS,
  type NewJob,
  type Outcome,
  type Queue,
} from "../store.ts";

/** How long a job stays with an owner that gives no sign, in ms. A single step may take a while on a slow CPU. */
const LEASE = 120_000;

/** A {@linkcode Queue} in SQLite: first come, first served. */
export class SqliteQueue implements Queue {
  #database: SqliteDatabase;
  #events: SqliteEvents;
  #access: SqliteAccess;
  #bus: EventBus;
  #now: () => number;

  constructor(
    database: SqliteDatabase,
    events: SqliteEvents,
    access: SqliteAccess,
    bus: EventBus,
    now: () => number = Date.now,
  ) {
    this.#database = database;
    this.#events = events;
    this.#access = access;
    this.#bus = bus;
    this.#now = now;
  }

  add(job: NewJob, { fresh = false, atMost }: { fresh?: boolean; atMost?: number } = {}): Job {
    const { task, seed, key, client = null } = job;
    return this.#database.transaction(() => {
      const active = !fresh && this.#database.one(
        "SELECT * FROM jobs WHERE key = $key AND state IN ('queued', 'running') ORDER BY seq LIMIT 1",
        { key },
      );
      if (active) {
        this.#access.grant(String(active.id), client ?? EVERYBODY);
        return jobOf(this.#database, active);
      }
      if (client !== null && atMost !== undefined) this.#holdTo(atMost, client);
      const id = `job-${sha256(crypto.randomUUID()).slice(0, 16)}`;
      const row = this.#database.one(
        `INSERT INTO jobs (id, task, options, seed, key, checkpoint, client, created_at)
         VALUES ($id, $task, $options, $seed, $key, $checkpoint, $client, $createdAt) RETURNING *`,
        {
          id,
          task,
          seed,
          key,
          client,
          options: JSON.stringify(job.options),
          checkpoint: fresh ? id : key,
          createdAt: this.#time(),
        },
      );
      this.#access.grant(id, client ?? EVERYBODY);
      return jobOf(this.#database, row!);
    });
  }

  #holdTo(atMost: number, client: string): void {
    const { count } = this.#database.one(
      "SELECT count(*) AS count FROM jobs WHERE client = $client AND state IN ('queued', 'running')",
      { client },
    )!;
    if (Number(count) < atMost) return;
    throw new CountergradeError(
      "LIMIT",
      `Cannot start another job: expected at most ${atMost} at a time, ${count} are queued or running`,
    );
  }

  claim(
    owner: string,
    { tasks, id }: { tasks?: readonly string[]; id?: string } = {},
  ): Job | undefined {
    this.reclaim();
    const row = this.#database.one(
      `UPDATE jobs SET state = 'running', owner = $owner, lease = $lease, attempts = attempts + 1,
         started_at = coalesce(started_at, $startedAt)
       WHERE seq = (
         SELECT seq FROM jobs WHERE state = 'queued' AND ($id IS NULL OR id = $id)
           AND ($tasks IS NULL OR task IN (SELECT value FROM json_each($tasks)))
         ORDER BY seq LIMIT 1)
       RETURNING *`,
      {
        owner,
        lease: this.#now() + LEASE,
        startedAt: this.#time(),
        id: id ?? null,
        tasks: tasks ? JSON.stringify(tasks) : null,
      },
    );
    return row && jobOf(this.#database, row);
  }

  heartbeat(owner: string): Job[] {
    // Looking first keeps an idle process from writing.
    const mine = this.#database.all(
      "SELECT id FROM jobs WHERE state = 'running' AND owner = $owner",
      { owner },
    );
    if (mine.length === 0) return [];
    return this.#database.all(
      "UPDATE jobs SET lease = $lease WHERE state = 'running' AND owner = $owner RETURNING *",
      { owner, lease: this.#now() + LEASE },
    ).map((row) => jobOf(this.#database, row));
  }

  progressed(id: string, owner: string): void {
    this.#database.all(
      `UPDATE jobs SET attempts = 1
       WHERE id = $id AND owner = $owner AND state = 'running' AND attempts > 1`,
      { id, owner },
    );
  }

  finish(id: string, owner: string, outcome: Outcome): boolean {
    const done = this.#database.transaction(() => {
      const mine = this.#database.one(
        "SELECT * FROM jobs WHERE id = $id AND owner = $owner AND state = 'running'",
        { id, owner },
      );
      if (mine) this.#end(mine, outcome);
      return mine !== undefined;
    });
    if (done) this.#bus.publish(id);
    return done;
  }

  release(id: string, owner: string, reason: "crash" | "interruption"): Job | undefined {
    const job = this.#database.transaction(() => {
      const mine = this.#database.one(
        "SELECT * FROM jobs WHERE id = $id AND owner = $owner AND state = 'running'",
        { id, owner },
      );
      return mine && this.#giveBack(mine, reason === "crash");
    });
    if (job) this.#bus.publish(id);
    return job;
  }

  reclaim(dead: readonly string[] = []): Job[] {
    const lost = `SELECT * FROM jobs WHERE state = 'running'
      AND (lease < $now OR owner IN (SELECT value FROM json_each($dead)))`;
    const values = { now: this.#now(), dead: JSON.stringify(dead) };
    if (this.#database.all(lost, values).length === 0) return [];
    const jobs = this.#database.transaction(() =>
      this.#database.all(lost, values).map((row) => this.#giveBack(row, true))
    );
    for (const { id } of jobs) this.#bus.publish(id);
    return jobs;
  }

  owners(): string[] {
    return this.#database.all("SELECT DISTINCT owner FROM jobs WHERE state = 'running'")
      .map((row) => String(row.owner));
  }

  cancel(id: string): Job | undefined {
    const job = this.#database.transaction(() => {
      const row = this.#database.one("SELECT * FROM jobs WHERE id = $id", { id });
      if (row?.state === "queued") this.#end(row, { state: "cancelled" });
      if (row?.state === "running") {
        this.#database.all("UPDATE jobs SET cancel_requested = 1 WHERE id = $id", { id });
      }
      const now = this.#database.one("SELECT * FROM jobs WHERE id = $id", { id });
      return now && jobOf(this.#database, now);
    });
    if (job) this.#bus.publish(id);
    return job;
  }

  #giveBack(row: Row, crashed: boolean): Job {
    const id = String(row.id);
    if (row.cancel_requested) {
      this.#end(row, { state: "cancelled" });
    } else if (crashed && Number(row.attempts) >= MAX_ATTEMPTS) {
      const message =
        `Gave up after ${MAX_ATTEMPTS} attempts: each time the process ended before the job did`;
      this.#end(row, { state: "failed", error: { code: "LIMIT", message } });
    } else {
      this.#database.all(
        `UPDATE jobs SET state = 'queued', owner = NULL, lease = NULL, attempts = $attempts
         WHERE id = $id`,
        { id, attempts: Number(row.attempts) - (crashed ? 0 : 1) },
      );
    }
    return jobOf(this.#database, this.#database.one("SELECT * FROM jobs WHERE id = $id", { id })!);
  }

  #end(row: Row, outcome: Outcome): void {
    const id = String(row.id);
    const { state } = outcome;
    this.#database.all(
      `UPDATE jobs SET state = $state, result = $result, error = $error, finished_at = $finishedAt,
         owner = NULL, lease = NULL
       WHERE id = $id`,
      {
        id,
        state,
        result: state === "done" ? JSON.stringify(outcome.result ?? null) : null,
        error: state === "failed" ? JSON.stringify(outcome.error) : null,
        finishedAt: this.#time(),
      },
    );
    this.#events.insert(id, newsOf(outcome));
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

function newsOf(outcome: Outcome): JobNews {
  switch (outcome.state) {
    case "done":
      return { type: "done", result: outcome.result };
    case "failed":
      return { type: "failed", error: outcome.error };
    case "cancelled":
      return { type: "cancelled" };
  }
}
