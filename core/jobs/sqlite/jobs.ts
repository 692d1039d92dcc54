/** Jobs in SQLite, to look at. */

import { visibleTo } from "./access.ts";
import type { Row, SqliteDatabase } from "./database.ts";
import { between, type Condition, countOf, equalTo, holding, pageOf, saying } from "./page.ts";
import type { ClaimedJob, Job, JobState, Lease } from "../job.ts";
import type { JobFilter, JobStore, Page, PageQuery } from "../store.ts";

/** A {@linkcode JobStore} in SQLite. */
export class SqliteJobs implements JobStore {
  #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  get(id: string): Job | undefined {
    const row = this.#database.one("SELECT * FROM jobs WHERE id = $id", { id });
    return row && jobOf(this.#database, row);
  }

  list(query: PageQuery & JobFilter = {}): Page<Job> {
    const itemOf = (row: Row) => jobOf(this.#database, row);
    return pageOf(this.#database, "jobs", query, conditionsOf(query), itemOf);
  }

  count(filter: JobFilter = {}): number {
    return countOf(this.#database, "jobs", conditionsOf(filter));
  }

  counts(): Record<JobState, number> {
    const rows = this.#database.all("SELECT state, count(*) AS count FROM jobs GROUP BY state");
    const found = Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
    return { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0, ...found };
  }

  finished(key: string): Job | undefined {
    const row = this.#database.one(
      "SELECT * FROM jobs WHERE key = $key AND state = 'done' ORDER BY seq DESC LIMIT 1",
      { key },
    );
    return row && jobOf(this.#database, row);
  }
}

function conditionsOf(
  { task, state, viewer, dataset, text, since, until }: JobFilter,
): Condition[] {
  return [
    ...equalTo({ task, state }),
    ...visibleTo("jobs", viewer),
    ...saying("options", { dataset }),
    ...holding("id || ' ' || task || ' ' || options", text),
    ...between("created_at", since, until),
  ];
}

/** A job from its row. */
export function jobOf(database: SqliteDatabase, row: Row): Job {
  const id = String(row.id);
  const artifacts = database.all(
    `SELECT artifact FROM job_artifacts JOIN artifacts ON artifacts.id = artifact
     WHERE job = $id ORDER BY artifacts.seq`,
    { id },
  ).map(({ artifact }) => String(artifact));
  return {
    id,
    task: String(row.task),
    options: JSON.parse(String(row.options)),
    seed: Number(row.seed),
    key: String(row.key),
    checkpoint: String(row.checkpoint),
    state: String(row.state) as JobState,
    result: row.result === null ? undefined : JSON.parse(String(row.result)),
    error: row.error === null ? undefined : JSON.parse(String(row.error)),
    attempt: Number(row.attempt),
    crashes: Number(row.crashes),
    needs: JSON.parse(String(row.needs)),
    owner: text(row.owner),
    client: text(row.client),
    cancelRequested: row.cancel_requested === 1,
    artifacts,
    createdAt: String(row.created_at),
    startedAt: text(row.started_at),
    finishedAt: text(row.finished_at),
  };
}

/** A running job from its row. */
export function claimedJobOf(database: SqliteDatabase, row: Row): ClaimedJob {
  return { ...jobOf(database, row), owner: String(row.owner) };
}

/** The row of a job, where the lease on it holds. */
export function leased(
  database: SqliteDatabase,
  { id, owner, attempt }: Lease,
): Row | undefined {
  return database.one(
    `SELECT * FROM jobs
     WHERE id = $id AND owner = $owner AND attempt = $attempt AND state = 'running'`,
    { id, owner, attempt },
  );
}

function text(value: Row[string]): string | undefined {
  return value === null ? undefined : String(value);
}
