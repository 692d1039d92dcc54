/** What a store keeps in SQL, and what it can do without. */

import { blobsIn } from "../blobs.ts";
import type { Forgotten, KeepStore } from "../store.ts";
import type { SqlArtifacts } from "./artifacts.ts";
import { all, type InSteps, one, type Steps } from "./steps.ts";

/** How many rows are read at a time. */
const MANY = 2_000;

/** Where files are named: a table, the text, and what puts its rows in order. */
const TEXTS = [
  { table: "checkpoints", text: "blob", order: ["name", "number"] },
  { table: "artifacts", text: "files", order: ["seq"] },
  { table: "jobs", text: "result", order: ["seq"] },
  { table: "events", text: "body", order: ["job", "number"] },
] as const;

/** Events but the last, of jobs that ended before a time. */
const OLD_EVENTS = `FROM events
  WHERE job IN (SELECT id FROM jobs WHERE finished_at < $before)
    AND number < (SELECT max(number) FROM events AS last WHERE last.job = events.job)`;

/** Checkpoints that no job goes on from, nor has done so since a time. */
const ABANDONED = `FROM checkpoints WHERE NOT EXISTS (SELECT 1 FROM jobs
  WHERE jobs.checkpoint = checkpoints.name AND (finished_at IS NULL OR finished_at >= $before))`;

/** A {@linkcode KeepStore} in SQL. */
export class SqlKeeping implements InSteps<KeepStore> {
  readonly #artifacts: SqlArtifacts;

  constructor(artifacts: SqlArtifacts) {
    this.#artifacts = artifacts;
  }

  *forget(before: string): Steps<Forgotten> {
    const events = yield* one(`SELECT count(*) AS count ${OLD_EVENTS}`, { before });
    yield* all(`DELETE ${OLD_EVENTS}`, { before });
    const checkpoints = yield* one(`SELECT count(*) AS count ${ABANDONED}`, { before });
    yield* all(`DELETE ${ABANDONED}`, { before });
    const noise = yield* all(
      "SELECT id FROM artifacts WHERE kind = 'noise' AND created_at < $before",
      { before },
    );
    yield* this.#artifacts.remove(noise.map(({ id }) => String(id)));
    return {
      events: Number(events!.count),
      checkpoints: Number(checkpoints!.count),
      artifacts: noise.length,
    };
  }

  *named(after = "[0]"): Steps<{ names: string[]; next?: string }> {
    const [at, ...place]: [number, ...(string | number)[]] = JSON.parse(after);
    const { table, text, order } = TEXTS[at];
    const beyond = place.length
      ? `WHERE (${order.join()}) > (${order.map((column) => `$${column}`).join()})`
      : "";
    const rows = yield* all(
      `SELECT ${order.join()}, ${text} AS text FROM ${table} ${beyond}
       ORDER BY ${order.join()} LIMIT ${MANY}`,
      Object.fromEntries(place.map((value, i) => [order[i], value])),
    );
    const last = rows.length === MANY ? rows.at(-1)! : undefined;
    const next = last ? [at, ...order.map((column) => last[column])] : [at + 1];
    return {
      names: rows.flatMap(({ text }) => blobsIn(String(text))),
      next: last || at + 1 < TEXTS.length ? JSON.stringify(next) : undefined,
    };
  }
}
