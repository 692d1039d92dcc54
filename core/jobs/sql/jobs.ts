/** Jobs in SQL, to look at. */

import { visibleTo } from "./access.ts";
import type { Dialect } from "./dialect.ts";
import { between, type Condition, countOf, equalTo, holding, pageOf, saying } from "./page.ts";
import { all, type InSteps, one, type Row, type Steps } from "./steps.ts";
import type { ClaimedJob, Job, JobState, Lease } from "../job.ts";
import type { JobFilter, JobStore, Page, PageQuery } from "../store.ts";

/** A {@linkcode JobStore} in SQL. */
export class SqlJobs implements InSteps<JobStore> {
  readonly #dialect: Dialect;
  readonly #columns: string;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#columns = `jobs.*, ${dialect.artifacts} AS artifacts`;
  }

  *get(id: string): Steps<Job | undefined> {
    const row = yield* one(`SELECT ${this.#columns} FROM jobs WHERE id = $id`, { id });
    return row && jobOf(row);
  }

  /** Jobs of these ids, which are running. */
  *claimed(ids: readonly string[]): Steps<ClaimedJob[]> {
    if (ids.length === 0) return [];
    const rows = yield* all(
      `SELECT ${this.#columns} FROM jobs WHERE id IN ${this.#dialect.listed("ids")} ORDER BY seq`,
      { ids: JSON.stringify(ids) },
    );
    return rows.map((row) => ({ ...jobOf(row), owner: String(row.owner) }));
  }

  *list(query: PageQuery & JobFilter = {}): Steps<Page<Job>> {
    const listed = { table: "jobs", columns: this.#columns, itemOf: jobOf } as const;
    return yield* pageOf(listed, query, this.#conditions(query));
  }

  *count(filter: JobFilter = {}): Steps<number> {
    return yield* countOf("jobs", this.#conditions(filter));
  }

  *counts(): Steps<Record<JobState, number>> {
    const rows = yield* all("SELECT state, count(*) AS count FROM jobs GROUP BY state");
    const found = Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
    return { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0, ...found };
  }

  *finished(key: string): Steps<Job | undefined> {
    const row = yield* one(
      `SELECT ${this.#columns} FROM jobs WHERE key = $key AND state = 'done'
       ORDER BY seq DESC LIMIT 1`,
      { key },
    );
    return row && jobOf(row);
  }

  /** The row of a job, where the lease on it holds; it stays as it is until the end of what is taken as a whole. */
  *leased({ id, owner, attempt }: Lease): Steps<Row | undefined> {
    return yield* one(
      `SELECT * FROM jobs
       WHERE id = $id AND owner = $owner AND attempt = $attempt AND state = 'running'
       ${this.#dialect.lock}`,
      { id, owner, attempt },
    );
  }

  #conditions(filter: JobFilter): Condition[] {
    const { task, state, parent, viewer, dataset, text, since, until } = filter;
    return [
      ...equalTo({ task, state, parent }),
      ...parent === undefined ? [{ sql: "parent IS NULL" }] : [],
      ...visibleTo("jobs", viewer),
      ...saying(this.#dialect, "options", { dataset }),
      ...holding(this.#dialect, "id || ' ' || task || ' ' || options", text),
      ...between("created_at", since, until),
    ];
  }
}

/** A job from its row. */
function jobOf(row: Row): Job {
  return {
    id: String(row.id),
    task: String(row.task),
    options: JSON.parse(String(row.options)),
    seed: Number(row.seed),
    key: String(row.key),
    checkpoint: String(row.checkpoint),
    parent: text(row.parent),
    part: row.part === null ? undefined : JSON.parse(String(row.part)),
    state: String(row.state) as JobState,
    result: row.result === null ? undefined : JSON.parse(String(row.result)),
    error: row.error === null ? undefined : JSON.parse(String(row.error)),
    attempt: Number(row.attempt),
    crashes: Number(row.crashes),
    lost: Number(row.lost),
    needs: JSON.parse(String(row.needs)),
    owner: text(row.owner),
    client: text(row.client),
    cancelRequested: row.cancel_requested === 1,
    artifacts: JSON.parse(String(row.artifacts)),
    createdAt: String(row.created_at),
    startedAt: text(row.started_at),
    finishedAt: text(row.finished_at),
  };
}

function text(value: Row[string]): string | undefined {
  return value === null ? undefined : String(value);
}
