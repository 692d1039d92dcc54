/** Who may see a job or an artifact: clients by name, or everybody. */

import type { AccessStore } from "../store.ts";
import { EVERYBODY } from "../store.ts";
import type { SqliteDatabase } from "./database.ts";
import type { Condition } from "./page.ts";

/** An {@linkcode AccessStore} in SQLite. */
export class SqliteAccess implements AccessStore {
  #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  grant(item: string, client: string): void {
    this.#database.all(
      "INSERT INTO access (item, client) VALUES ($item, $client) ON CONFLICT DO NOTHING",
      { item, client },
    );
    this.#database.all(
      `INSERT INTO access (item, client) SELECT artifact, $client FROM job_artifacts WHERE job = $item
       ON CONFLICT DO NOTHING`,
      { item, client },
    );
  }

  revoke(item: string, client: string): void {
    this.#database.all("DELETE FROM access WHERE item = $item AND client = $client", {
      item,
      client,
    });
  }

  clients(item: string): string[] {
    return this.#database.all("SELECT client FROM access WHERE item = $item", { item })
      .map(({ client }) => String(client));
  }

  allows(item: string, client: string): boolean {
    return this.#database.one(
      "SELECT 1 FROM access WHERE item = $item AND client IN ($client, $everybody)",
      { item, client, everybody: EVERYBODY },
    ) !== undefined;
  }

  allowsBlob(blob: string, client: string): boolean {
    const values = { blob, client, everybody: EVERYBODY };
    const seen = (table: string, key: string, text: string) =>
      `SELECT 1 FROM ${table} JOIN access ON item = ${key}
       WHERE client IN ($client, $everybody) AND instr(${text}, $blob) > 0`;
    return this.allows(blob, client) ||
      this.#database.one(`${seen("artifacts", "artifacts.id", "files")} LIMIT 1`, values) !==
        undefined ||
      this.#database.one(`${seen("events", "events.job", "body")} LIMIT 1`, values) !== undefined;
  }

  /** Lets all who may see a job see what it stores. */
  share(job: string, item: string): void {
    this.#database.all(
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
