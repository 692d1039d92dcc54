/** Artifacts in SQLite: the rows beside the files. */

import { InputError } from "../../errors.ts";
import type { Row, SqliteDatabase } from "./database.ts";
import type { ArtifactStore, Page, PageQuery } from "../store.ts";
import type { Artifact } from "../../job_context.ts";

/** An {@linkcode ArtifactStore} in SQLite. */
export class SqliteArtifacts implements ArtifactStore {
  #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  put(artifact: Artifact, job?: string): Artifact {
    const { id, kind, createdAt } = artifact;
    return this.#database.transaction(() => {
      this.#database.all(
        `INSERT INTO artifacts (id, kind, created_at, files, metadata, provenance)
         VALUES ($id, $kind, $createdAt, $files, $metadata, $provenance) ON CONFLICT DO NOTHING`,
        {
          id,
          kind,
          createdAt,
          files: JSON.stringify(artifact.files),
          metadata: JSON.stringify(artifact.metadata),
          provenance: JSON.stringify(artifact.provenance),
        },
      );
      if (job !== undefined) {
        this.#database.all(
          "INSERT INTO job_artifacts (job, artifact) VALUES ($job, $id) ON CONFLICT DO NOTHING",
          { job, id },
        );
      }
      return this.get(id)!;
    });
  }

  get(id: string): Artifact | undefined {
    const row = this.#database.one("SELECT * FROM artifacts WHERE id = $id", { id });
    return row && artifactOf(row);
  }

  list(query: PageQuery & { kind?: string } = {}): Page<Artifact> {
    return pageOf(this.#database, "artifacts", query, { kind: query.kind }, artifactOf);
  }
}

function artifactOf(row: Row): Artifact {
  return {
    id: String(row.id),
    kind: String(row.kind),
    createdAt: String(row.created_at),
    files: JSON.parse(String(row.files)),
    metadata: JSON.parse(String(row.metadata)),
    provenance: JSON.parse(String(row.provenance)),
  };
}

/**
 * A page of a table by keyset: the position is an item, not a count, so new rows do not shift what follows.
 *
 * @throws {InputError} When `first` is out of range or `after` names nothing.
 */
export function pageOf<Item>(
  database: SqliteDatabase,
  table: "artifacts" | "jobs",
  { first = 50, after, order = "newest" }: PageQuery,
  filters: Record<string, string | undefined>,
  itemOf: (row: Row) => Item,
): Page<Item> {
  if (!Number.isInteger(first) || first < 1 || first > 1000) {
    throw new InputError(
      `Cannot list ${table}: expected first in 1–1000, current value is ${first}`,
      [
        "first",
      ],
    );
  }
  const values: Record<string, string | number> = { limit: first + 1 };
  const conditions = Object.entries(filters).flatMap(([column, value]) => {
    if (value === undefined) return [];
    values[column] = value;
    return [`${column} = $${column}`];
  });
  if (after !== undefined) {
    const seq = database.one(`SELECT seq FROM ${table} WHERE id = $after`, { after })?.seq;
    if (seq === undefined) {
      throw new InputError(`Cannot list ${table} after "${after}": it does not exist`, ["after"]);
    }
    values.seq = Number(seq);
    conditions.push(order === "newest" ? "seq < $seq" : "seq > $seq");
  }
  const where = conditions.length ? `WHERE ${conditions.join(" AND ")}` : "";
  const direction = order === "newest" ? "DESC" : "ASC";
  const rows = database.all(
    `SELECT * FROM ${table} ${where} ORDER BY seq ${direction} LIMIT $limit`,
    values,
  );
  return { items: rows.slice(0, first).map(itemOf), more: rows.length > first };
}
