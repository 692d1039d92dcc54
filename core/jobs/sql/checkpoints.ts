/** Checkpoints in SQL: which blobs they are. */

import { type Lease, LeaseLostError } from "../job.ts";
import type { CheckpointStore } from "../store.ts";
import type { SqlJobs } from "./jobs.ts";
import { all, type InSteps, one, type Steps, type Values, whole } from "./steps.ts";

/** A {@linkcode CheckpointStore} in SQL. */
export class SqlCheckpoints implements InSteps<CheckpointStore> {
  readonly #jobs: SqlJobs;

  constructor(jobs: SqlJobs) {
    this.#jobs = jobs;
  }

  *add(lease: Lease, name: string, blob: string): Steps<string[]> {
    return yield* whole(function* (this: SqlCheckpoints): Steps<string[]> {
      const { id } = lease;
      // The whole before its part, as whoever ends it locks them.
      yield* all(
        `UPDATE jobs SET crashes = 0, lost = 0
         WHERE crashes + lost > 0 AND id = (SELECT parent FROM jobs WHERE id = $id)`,
        { id },
      );
      if (!(yield* this.#jobs.leased(lease))) throw new LeaseLostError(lease);
      yield* all("UPDATE jobs SET crashes = 0, lost = 0 WHERE id = $id AND crashes + lost > 0", {
        id,
      });
      // Whoever did not hear that it was added adds it again.
      if ((yield* this.list(name))[0] === blob) return [];
      const added = yield* one(
        `INSERT INTO checkpoints (name, number, blob)
         SELECT $name, coalesce(max(number), 0) + 1, $blob FROM checkpoints WHERE name = $name
         RETURNING number`,
        { name, blob },
      );
      const kept = Number(added!.number) - 1;
      return yield* this.#forget("name = $name AND number < $kept", { name, kept });
    }.bind(this));
  }

  *list(name: string): Steps<string[]> {
    const rows = yield* all(
      "SELECT blob FROM checkpoints WHERE name = $name ORDER BY number DESC",
      { name },
    );
    return rows.map(({ blob }) => String(blob));
  }

  *remove(name: string): Steps<string[]> {
    return yield* whole(function* (this: SqlCheckpoints): Steps<string[]> {
      const waited = yield* one(
        `SELECT 1 AS yes FROM jobs
         WHERE checkpoint = $name AND state IN ('queued', 'running') LIMIT 1`,
        { name },
      );
      return waited ? [] : yield* this.#forget("name = $name", { name });
    }.bind(this));
  }

  *#forget(which: string, values: Values): Steps<string[]> {
    const rows = yield* all(`DELETE FROM checkpoints WHERE ${which} RETURNING blob`, values);
    const gone: string[] = [];
    for (const blob of new Set(rows.map(({ blob }) => String(blob)))) {
      const used = "SELECT 1 AS yes FROM checkpoints WHERE blob = $blob LIMIT 1";
      if (!(yield* one(used, { blob }))) gone.push(blob);
    }
    return gone;
  }
}
