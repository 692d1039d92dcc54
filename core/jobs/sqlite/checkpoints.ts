/** Checkpoints in SQLite: which blobs they are. */

import { type Lease, LeaseLostError } from "../job.ts";
import type { CheckpointStore } from "../store.ts";
import type { SqliteDatabase } from "./database.ts";
import { leased } from "./jobs.ts";

/** A {@linkcode CheckpointStore} in SQLite. */
export class SqliteCheckpoints implements CheckpointStore {
  #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  add(lease: Lease, name: string, blob: string): string[] {
    return this.#database.transaction(() => {
      if (!leased(this.#database, lease)) throw new LeaseLostError(lease);
      this.#database.all("UPDATE jobs SET crashes = 0 WHERE id = $id AND crashes > 0", {
        id: lease.id,
      });
      const { number } = this.#database.one(
        `INSERT INTO checkpoints (name, number, blob)
         SELECT $name, coalesce(max(number), 0) + 1, $blob FROM checkpoints WHERE name = $name
         RETURNING number`,
        { name, blob },
      )!;
      return this.#forget("name = $name AND number < $kept", { name, kept: Number(number) - 1 });
    });
  }

  list(name: string): string[] {
    return this.#database.all(
      "SELECT blob FROM checkpoints WHERE name = $name ORDER BY number DESC",
      { name },
    ).map(({ blob }) => String(blob));
  }

  remove(name: string): string[] {
    return this.#database.transaction(() => {
      const waited = this.#database.one(
        "SELECT 1 FROM jobs WHERE checkpoint = $name AND state IN ('queued', 'running')",
        { name },
      );
      return waited ? [] : this.#forget("name = $name", { name });
    });
  }

  #forget(which: string, values: Record<string, string | number>): string[] {
    const gone = this.#database.all(
      `DELETE FROM checkpoints WHERE ${which} RETURNING blob`,
      values,
    );
    return gone.map(({ blob }) => String(blob)).filter((blob) =>
      !this.#database.one("SELECT 1 FROM checkpoints WHERE blob = $blob", { blob })
    );
  }
}
