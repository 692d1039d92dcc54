/** The queue in SQL: who runs which job, and what becomes of jobs whose process died. */

import { CountergradeError } from "../../errors.ts";
import { sha256 } from "../blobs.ts";
import {
  type ClaimedJob,
  gaveUp,
  type Job,
  type Lease,
  LeaseLostError,
  newsOf,
  type Outcome,
  type Queued,
} from "../job.ts";
import {
  type ClaimOptions,
  EVERYBODY,
  type JobPart,
  MAX_CRASHES,
  MAX_LOST,
  type NewJob,
  type Queue,
} from "../store.ts";
import { isNews } from "../waiting.ts";
import type { SqlAccess } from "./access.ts";
import type { Dialect } from "./dialect.ts";
import type { SqlEvents } from "./events.ts";
import type { SqlJobs } from "./jobs.ts";
import { type Condition, equalTo, whereOf } from "./page.ts";
import { all, clock, type InSteps, one, ring, type Row, type Steps, time, whole } from "./steps.ts";

/** What a queue works with; times are in ms. */
interface Parts {
  readonly dialect: Dialect;
  readonly access: SqlAccess;
  readonly jobs: SqlJobs;
  readonly events: SqlEvents;
  /** How long a job stays with an owner that gives no sign. */
  readonly lease: number;
  /** How long a job rests after its second crash. */
  readonly rest: number;
}

/** A {@linkcode Queue} in SQL: first come, first served. */
export class SqlQueue implements InSteps<Queue> {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  *add(
    job: NewJob,
    { fresh = false, atMost }: { fresh?: boolean; atMost?: number } = {},
  ): Steps<Job> {
    const { task, seed, key, client = null } = job;
    const { access, jobs } = this.#parts;
    return yield* whole(function* (this: SqlQueue): Steps<Job> {
      yield* this.#alone(key);
      const active = fresh ? undefined : yield* one(
        `SELECT id FROM jobs WHERE key = $key AND state IN ('queued', 'running')
           AND cancel_requested = 0 ORDER BY seq LIMIT 1`,
        { key },
      );
      const id = active ? String(active.id) : newId();
      if (!active) {
        if (client !== null && atMost !== undefined) yield* this.#holdTo(atMost, client);
        yield* all(
          `INSERT INTO jobs (id, task, options, seed, key, checkpoint, client, needs, created_at)
           VALUES ($id, $task, $options, $seed, $key, $checkpoint, $client, $needs, $createdAt)`,
          {
            id,
            task,
            seed,
            key,
            client,
            options: JSON.stringify(job.options),
            checkpoint: fresh ? id : key,
            needs: JSON.stringify(job.needs ?? []),
            createdAt: yield* time(),
          },
        );
        yield* ring(QUEUE);
      }
      yield* access.grant(id, client ?? EVERYBODY);
      return (yield* jobs.get(id))!;
    }.bind(this));
  }

  *split(lease: Lease, parts: readonly JobPart[]): Steps<void> {
    yield* whole(function* (this: SqlQueue): Steps<void> {
      const { access, jobs } = this.#parts;
      if (!(yield* jobs.leased(lease))) throw new LeaseLostError(lease);
      const { id: parent } = lease;
      const there = yield* all(
        "SELECT checkpoint FROM jobs WHERE parent = $parent AND state IN ('queued', 'running')",
        { parent },
      );
      const known = new Set(there.map(({ checkpoint }) => checkpoint));
      const more = parts.filter(({ checkpoint }) => !known.has(checkpoint));
      for (const { part, checkpoint } of more) {
        const id = newId();
        yield* all(
          `INSERT INTO jobs (id, task, options, seed, key, checkpoint, needs, parent, part, created_at)
           SELECT $id, task, options, seed, $checkpoint, $checkpoint, needs, id, $part, $createdAt
           FROM jobs WHERE id = $parent`,
          { id, checkpoint, parent, part: JSON.stringify(part), createdAt: yield* time() },
        );
        yield* access.share(parent, id);
      }
      if (more.length) yield* ring(QUEUE);
    }.bind(this));
  }

  *#alone(name: string): Steps<void> {
    const sql = this.#parts.dialect.serial("name");
    if (sql) yield* all(sql, { name });
  }

  *#holdTo(atMost: number, client: string): Steps<void> {
    yield* this.#alone(`client ${client}`);
    const row = yield* one(
      `SELECT count(*) AS count FROM jobs
       WHERE client = $client AND state IN ('queued', 'running')`,
      { client },
    );
    const count = Number(row!.count);
    if (count < atMost) return;
    throw new CountergradeError(
      "LIMIT",
      `Cannot start another job: expected at most ${atMost} at a time, ${count} are queued or running`,
    );
  }

  *claim(owner: string, options: ClaimOptions = {}): Steps<ClaimedJob | undefined> {
    yield* this.reclaim();
    const { dialect, jobs } = this.#parts;
    const now = yield* clock();
    const wanted = yield* this.#wanted(options, now);
    if (!wanted) return undefined;
    const { where, values } = whereOf(wanted);
    const row = yield* one(
      `UPDATE jobs SET state = 'running', owner = $owner, lease = $lease, attempt = attempt + 1,
         started_at = coalesce(started_at, $startedAt)
       WHERE seq = (SELECT seq FROM jobs ${where} ORDER BY seq LIMIT 1 ${dialect.skip})
       RETURNING id`,
      {
        ...values,
        owner,
        lease: now + this.#parts.lease,
        startedAt: new Date(now).toISOString(),
      },
    );
    return row && (yield* jobs.claimed([String(row.id)]))[0];
  }

  /** What a job must be; undefined where none that waits can be taken. */
  *#wanted(
    { tasks, id, parent, suits }: ClaimOptions,
    now: number,
  ): Steps<Condition[] | undefined> {
    const { listed } = this.#parts.dialect;
    const conditions: Condition[] = [
      { sql: "state = 'queued'" },
      ...equalTo({ id, parent }),
      ...id ?? parent ? [] : [{ sql: "ready <= $now", values: { now } }],
      {
        sql: `NOT EXISTS (SELECT 1 FROM jobs AS other
          WHERE other.state = 'running' AND other.checkpoint = jobs.checkpoint)`,
      },
    ];
    if (tasks) {
      const values = { tasks: JSON.stringify(tasks) };
      conditions.push({ sql: `task IN ${listed("tasks")}`, values });
    }
    if (suits) {
      const all = yield* this.#needs();
      const needs = all.filter((text) => suits(JSON.parse(text)));
      if (needs.length === 0) return undefined;
      const values = { needs: JSON.stringify(needs) };
      conditions.push({ sql: `needs IN ${listed("needs")}`, values });
    }
    return conditions;
  }

  /** All that is needed by what waits, each once. */
  *#needs(): Steps<string[]> {
    const rows = yield* all("SELECT DISTINCT needs FROM jobs WHERE state = 'queued'");
    return rows.map(({ needs }) => String(needs));
  }

  *heartbeat(owner: string): Steps<ClaimedJob[]> {
    // Looking first keeps an idle process from writing.
    const mine = yield* all(
      "SELECT id FROM jobs WHERE state = 'running' AND owner = $owner",
      { owner },
    );
    if (mine.length === 0) return [];
    const lease = (yield* clock()) + this.#parts.lease;
    const rows = yield* all(
      "UPDATE jobs SET lease = $lease WHERE state = 'running' AND owner = $owner RETURNING id",
      { owner, lease },
    );
    return yield* this.#parts.jobs.claimed(rows.map(({ id }) => String(id)));
  }

  *finish(lease: Lease, outcome: Outcome): Steps<boolean> {
    return yield* whole(function* (this: SqlQueue): Steps<boolean> {
      const mine = yield* this.#parts.jobs.leased(lease);
      if (mine) yield* this.#end(lease.id, outcome);
      return mine !== undefined;
    }.bind(this));
  }

  *release(lease: Lease, reason: "crash" | "interruption"): Steps<Job | undefined> {
    return yield* whole(function* (this: SqlQueue): Steps<Job | undefined> {
      const mine = yield* this.#parts.jobs.leased(lease);
      return mine && (yield* this.#giveBack(mine, reason));
    }.bind(this));
  }

  *reclaim(dead: readonly string[] = []): Steps<Job[]> {
    const { dialect } = this.#parts;
    const lost = `SELECT * FROM jobs WHERE state = 'running'
      AND (lease < $now OR owner IN ${dialect.listed("dead")})`;
    const values = { now: yield* clock(), dead: JSON.stringify(dead) };
    if ((yield* all(lost, values)).length === 0) return [];
    return yield* whole(function* (this: SqlQueue): Steps<Job[]> {
      const jobs: Job[] = [];
      for (const row of yield* all(`${lost} ${dialect.skip}`, values)) {
        jobs.push(yield* this.#giveBack(row, "loss"));
      }
      return jobs;
    }.bind(this));
  }

  *owners(): Steps<string[]> {
    const rows = yield* all("SELECT DISTINCT owner FROM jobs WHERE state = 'running'");
    return rows.map(({ owner }) => String(owner));
  }

  *tell(id: string, queued: Queued): Steps<void> {
    yield* whole(function* (this: SqlQueue): Steps<void> {
      const { events } = this.#parts;
      const row = yield* this.#locked(id);
      const last = (yield* events.latest(id, "queued"))?.body as Queued | undefined;
      if (row?.state !== "queued" || !isNews(queued, last)) return;
      yield* events.insert(id, [queued]);
      yield* ring(id);
    }.bind(this));
  }

  *cancel(id: string): Steps<Job | undefined> {
    return yield* whole(function* (this: SqlQueue): Steps<Job | undefined> {
      yield* this.#stop(id);
      return yield* this.#parts.jobs.get(id);
    }.bind(this));
  }

  *#stop(id: string): Steps<void> {
    const row = yield* this.#locked(id);
    if (row?.state === "queued") yield* this.#end(id, { state: "cancelled" });
    if (row?.state === "running") {
      yield* all("UPDATE jobs SET cancel_requested = 1 WHERE id = $id", { id });
      yield* ring(`${id} cancel`);
    }
  }

  *#locked(id: string): Steps<Row | undefined> {
    return yield* one(`SELECT * FROM jobs WHERE id = $id ${this.#parts.dialect.lock}`, { id });
  }

  *#giveBack(row: Row, reason: "crash" | "loss" | "interruption"): Steps<Job> {
    const id = String(row.id);
    const crashes = Number(row.crashes) + (reason === "crash" ? 1 : 0);
    const lost = Number(row.lost) + (reason === "loss" ? 1 : 0);
    if (Number(row.cancel_requested)) {
      yield* this.#end(id, { state: "cancelled" });
    } else if (crashes >= MAX_CRASHES || lost >= MAX_LOST) {
      yield* this.#end(id, { state: "failed", error: gaveUp(crashes + lost) });
    } else {
      const rest = this.#parts.rest * (RESTS[crashes + lost - 1] ?? RESTS.at(-1)!);
      const ready = reason === "interruption" ? 0 : (yield* clock()) + rest;
      yield* all(
        `UPDATE jobs SET state = 'queued', owner = NULL, lease = NULL, crashes = $crashes,
           lost = $lost, ready = $ready
         WHERE id = $id`,
        { id, crashes, lost, ready },
      );
      yield* ring(QUEUE);
    }
    return (yield* this.#parts.jobs.get(id))!;
  }

  *#end(id: string, outcome: Outcome): Steps<void> {
    const { state } = outcome;
    yield* all(
      `UPDATE jobs SET state = $state, result = $result, error = $error, finished_at = $finishedAt,
         owner = NULL, lease = NULL
       WHERE id = $id`,
      {
        id,
        state,
        result: state === "done" ? JSON.stringify(outcome.result ?? null) : null,
        error: state === "failed" ? JSON.stringify(outcome.error) : null,
        finishedAt: yield* time(),
      },
    );
    yield* this.#parts.events.insert(id, [newsOf(outcome)]);
    yield* ring(id);
    const parts = yield* all(
      "SELECT id FROM jobs WHERE parent = $id AND state IN ('queued', 'running')",
      { id },
    );
    for (const part of parts) yield* this.#stop(String(part.id));
  }
}

function newId(): string {
  return `job-${sha256(crypto.randomUUID()).slice(0, 16)}`;
}

/** How many times as long as after its second crash or loss a job rests: not at all after the first. */
const RESTS = [0, 1, 10, 60];

/** In the place of a job: there is one to be taken. */
const QUEUE = "queue";
