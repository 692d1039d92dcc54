/** Who may see a job or an artifact, in SQL: clients by name, or everybody. */

import { type AccessStore, EVERYBODY } from "../store.ts";
import type { Dialect } from "./dialect.ts";
import type { Condition } from "./page.ts";
import { all, type InSteps, one, type Steps } from "./steps.ts";

/** Where blobs are named: the table, whose access counts, and the text. */
const NAMING = [["artifacts", "artifacts.id", "files"], ["events", "events.job", "body"]] as const;

/** An {@linkcode AccessStore} in SQL. */
export class SqlAccess implements InSteps<AccessStore> {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  *grant(item: string, client: string): Steps<void> {
    yield* all(
      "INSERT INTO access (item, client) VALUES ($item, $client) ON CONFLICT DO NOTHING",
      { item, client },
    );
    yield* all(
      `INSERT INTO access (item, client) SELECT artifact, $client FROM job_artifacts WHERE job = $item
       ON CONFLICT DO NOTHING`,
      { item, client },
    );
  }

  *revoke(item: string, client: string): Steps<void> {
    yield* all("DELETE FROM access WHERE item = $item AND client = $client", { item, client });
  }

  *clients(item: string): Steps<string[]> {
    const rows = yield* all("SELECT client FROM access WHERE item = $item", { item });
    return rows.map(({ client }) => String(client));
  }

  *allows(item: string, client: string): Steps<boolean> {
    const row = yield* one(
      "SELECT 1 AS yes FROM access WHERE item = $item AND client IN ($client, $everybody)",
      { item, client, everybody: EVERYBODY },
    );
    return row !== undefined;
  }

  *allowsBlob(blob: string, client: string): Steps<boolean> {
    if (yield* this.allows(blob, client)) return true;
    const values = { blob, client, everybody: EVERYBODY };
    for (const [table, key, text] of NAMING) {
      const row = yield* one(
        `SELECT 1 AS yes FROM ${table} JOIN access ON item = ${key}
         WHERE client IN ($client, $everybody) AND ${this.#dialect.holds(text, "$blob")} LIMIT 1`,
        values,
      );
      if (row) return true;
    }
    return false;
  }

  /** Lets all who may see a job see what it stores. */
  *share(job: string, item: string): Steps<void> {
    yield* all(
      `INSERT INTO access (item, client) SELECT $item, client FROM access WHERE item = $job
       ON CONFLICT DO NOTHING`,
      { job, item },
    );
  }
}

/** That a client may see the rows of a table; undefined is all. */
export function visibleTo(table: "jobs" | "artifacts", client: string | undefined): Condition[] {
  if (client === undefined) return [];
  const sql =
    `EXISTS (SELECT 1 FROM access WHERE item = ${table}.id AND client IN ($viewer, $all))`;
  return [{ sql, values: { viewer: client, all: EVERYBODY } }];
}
