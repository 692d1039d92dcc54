/** What a store keeps in SQL, and what it can do without. */

import type { Forgotten, KeepStore } from "../store.ts";
import type { SqlArtifacts } from "./artifacts.ts";
import { all, type InSteps, one, type Steps } from "./steps.ts";

/** How many rows are read at a time. */
const MANY = 2_000;

/** Files, as texts name them. */
const BLOB = /\b[0-9a-f]{64}\.[a-z0-9]{1,16}\b/g;

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

  *named(after = ""): Steps<{ names: string[]; next?: string }> {
    const [table, ...place] = after.split(" ");
    switch (table) {
      case "":
        return { names: yield* this.#checkpoints(), next: "artifacts 0" };
      case "artifacts":
        return yield* this.#texts(
          `SELECT seq AS place, files AS text FROM artifacts WHERE seq > $seq
           ORDER BY seq LIMIT ${MANY}`,
          { seq: Number(place[0]) },
          ["artifacts", "jobs 0"],
        );
      case "jobs":
        return yield* this.#texts(
          `SELECT seq AS place, result AS text FROM jobs WHERE seq > $seq
           ORDER BY seq LIMIT ${MANY}`,
          { seq: Number(place[0]) },
          ["jobs", "events  0"],
        );
      default:
        return yield* this.#texts(
          `SELECT job || ' ' || number AS place, body AS text FROM events
           WHERE (job, number) > ($job, $number) ORDER BY job, number LIMIT ${MANY}`,
          { job: place[0], number: Number(place[1]) },
          ["events"],
        );
    }
  }

  *#checkpoints(): Steps<string[]> {
    const rows = yield* all("SELECT DISTINCT blob FROM checkpoints");
    return rows.map(({ blob }) => String(blob));
  }

  /** The files in a part of a table, and where the next part begins. */
  *#texts(
    sql: string,
    values: Record<string, string | number>,
    [table, other]: readonly [string, string?],
  ): Steps<{ names: string[]; next?: string }> {
    const rows = yield* all(sql, values);
    const names = rows.flatMap(({ text }) => String(text).match(BLOB) ?? []);
    return { names, next: rows.length < MANY ? other : `${table} ${rows.at(-1)!.place}` };
  }
}
