/** The queue in SQLite: who runs which job, and what becomes of jobs whose process died. */

import { sha256 } from "../blobs.ts";
import { CountergradeError } from "../../errors.ts";
import type { EventBus } from "../event_bus.ts";
import type { SqliteAccess } from "./access.ts";
import { claimedJobOf, jobOf, leased } from "./jobs.ts";
import type { Row, SqliteDatabase } from "./database.ts";
import type { SqliteEvents } from "./events.ts";
import {
  type ClaimedJob,
  gaveUp,
  type Job,
  type Lease,
  newsOf,
  type Outcome,
  type Queued,
} from "../job.ts";
import { type ClaimOptions, EVERYBODY, MAX_CRASHES, type NewJob, type Queue } from "../store.ts";
import { isNews } from "../waiting.ts";

/** What a queue works with; times are in ms. */
interface Parts {
  readonly database: SqliteDatabase;
  readonly events: SqliteEvents;
  readonly access: SqliteAccess;
  readonly bus: EventBus;
  readonly now: () => number;
  readonly lease: number;
  readonly rest: number;
}

/** A {@linkcode Queue} in SQLite: first come, first served. */
export class SqliteQueue implements Queue {
  readonly #database: SqliteDatabase;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#database = parts.database;
    this.#parts = parts;
  }

  add(job: NewJob, { fresh = false, atMost }: { fresh?: boolean; atMost?: number } = {}): Job {
    const { task, seed, key, client = null } = job;
    return this.#database.transaction(() => {
      const active = !fresh && this.#database.one(
        `SELECT * FROM jobs WHERE key = $key AND state IN ('queued', 'running')
           AND cancel_requested = 0 ORDER BY seq LIMIT 1`,
        { key },
      );
      if (active) {
        this.#parts.access.grant(String(active.id), client ?? EVERYBODY);
        return jobOf(this.#database, active);
      }
      if (client !== null && atMost !== undefined) this.#holdTo(atMost, client);
      const id = `job-${sha256(crypto.randomUUID()).slice(0, 16)}`;
      const row = this.#database.one(
        `INSERT INTO jobs (id, task, options, seed, key, checkpoint, client, needs, created_at)
         VALUES ($id, $task, $options, $seed, $key, $checkpoint, $client, $needs, $createdAt)
         RETURNING *`,
        {
          id,
          task,
          seed,
          key,
          client,
          options: JSON.stringify(job.options),
          checkpoint: fresh ? id : key,
          needs: JSON.stringify(job.needs ?? []),
          createdAt: this.#time(),
        },
      );
      this.#parts.access.grant(id, client ?? EVERYBODY);
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

  claim(owner: string, { tasks, id, suits }: ClaimOptions = {}): ClaimedJob | undefined {
    this.reclaim();
    const needs = suits && this.#needs().filter((text) => suits(JSON.parse(text)));
    if (needs?.length === 0) return undefined;
    const now = this.#parts.now();
    const row = this.#database.one(
      `UPDATE jobs SET state = 'running', owner = $owner, lease = $lease, attempt = attempt + 1,
         started_at = coalesce(started_at, $startedAt)
       WHERE seq = (
         SELECT seq FROM jobs WHERE state = 'queued'
           AND CASE WHEN $id IS NULL THEN ready <= $now ELSE id = $id END
           AND ($tasks IS NULL OR task IN (SELECT value FROM json_each($tasks)))
           AND ($needs IS NULL OR needs IN (SELECT value FROM json_each($needs)))
           AND NOT EXISTS (SELECT 1 FROM jobs AS other
             WHERE other.state = 'running' AND other.checkpoint = jobs.checkpoint)
         ORDER BY seq LIMIT 1)
       RETURNING *`,
      {
        owner,
        now,
        lease: now + this.#parts.lease,
        startedAt: this.#time(),
        id: id ?? null,
        tasks: tasks ? JSON.stringify(tasks) : null,
        needs: needs ? JSON.stringify(needs) : null,
      },
    );
    return row && claimedJobOf(this.#database, row);
  }

  /** All that is needed by what waits, each once. */
  #needs(): string[] {
    return this.#database.all("SELECT DISTINCT needs FROM jobs WHERE state = 'queued'")
      .map(({ needs }) => String(needs));
  }

  heartbeat(owner: string): ClaimedJob[] {
    // Looking first keeps an idle process from writing.
    const mine = this.#database.all(
      "SELECT id FROM jobs WHERE state = 'running' AND owner = $owner",
      { owner },
    );
    if (mine.length === 0) return [];
    return this.#database.all(
      "UPDATE jobs SET lease = $lease WHERE state = 'running' AND owner = $owner RETURNING *",
      { owner, lease: this.#parts.now() + this.#parts.lease },
    ).map((row) => claimedJobOf(this.#database, row));
  }

  finish(lease: Lease, outcome: Outcome): boolean {
    const done = this.#database.transaction(() => {
      const mine = leased(this.#database, lease);
      if (mine) this.#end(mine, outcome);
      return mine !== undefined;
    });
    if (done) this.#parts.bus.publish(lease.id);
    return done;
  }

  release(lease: Lease, reason: "crash" | "interruption"): Job | undefined {
    const job = this.#database.transaction(() => {
      const mine = leased(this.#database, lease);
      return mine && this.#giveBack(mine, reason === "crash");
    });
    if (job) this.#parts.bus.publish(lease.id);
    return job;
  }

  reclaim(dead: readonly string[] = []): Job[] {
    const lost = `SELECT * FROM jobs WHERE state = 'running'
      AND (lease < $now OR owner IN (SELECT value FROM json_each($dead)))`;
    const values = { now: this.#parts.now(), dead: JSON.stringify(dead) };
    if (this.#database.all(lost, values).length === 0) return [];
    const jobs = this.#database.transaction(() =>
      this.#database.all(lost, values).map((row) => this.#giveBack(row, true))
    );
    for (const { id } of jobs) this.#parts.bus.publish(id);
    return jobs;
  }

  owners(): string[] {
    return this.#database.all("SELECT DISTINCT owner FROM jobs WHERE state = 'running'")
      .map((row) => String(row.owner));
  }

  tell(id: string, queued: Queued): void {
    const { events, bus } = this.#parts;
    const told = this.#database.transaction(() => {
      const row = this.#database.one("SELECT state FROM jobs WHERE id = $id", { id });
      const last = events.latest(id, "queued")?.body as Queued | undefined;
      if (row?.state !== "queued" || !isNews(queued, last)) return false;
      events.insert(id, queued);
      return true;
    });
    if (told) bus.publish(id);
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
    if (job) this.#parts.bus.publish(id);
    return job;
  }

  #giveBack(row: Row, crashed: boolean): Job {
    const id = String(row.id);
    const crashes = Number(row.crashes) + (crashed ? 1 : 0);
    if (row.cancel_requested) {
      this.#end(row, { state: "cancelled" });
    } else if (crashes >= MAX_CRASHES) {
      this.#end(row, { state: "failed", error: gaveUp(crashes) });
    } else {
      const ready = crashed ? this.#parts.now() + this.#parts.rest * 10 ** (crashes - 1) : 0;
      this.#database.all(
        `UPDATE jobs SET state = 'queued', owner = NULL, lease = NULL, crashes = $crashes,
           ready = $ready
         WHERE id = $id`,
        { id, crashes, ready },
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
    this.#parts.events.insert(id, newsOf(outcome));
  }

  #time(): string {
    return new Date(this.#parts.now()).toISOString();
  }
}
