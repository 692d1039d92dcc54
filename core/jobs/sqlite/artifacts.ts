/** Artifacts in SQLite: the rows beside the files. */

import type { Row, SqliteDatabase } from "./database.ts";
import { type SqliteAccess, visibleTo } from "./access.ts";
import { type Condition, countOf, equalTo, pageOf } from "./page.ts";
import {
  type ArtifactFilter,
  type ArtifactStore,
  EVERYBODY,
  type Page,
  type PageQuery,
  type Readers,
} from "../store.ts";
import type { Artifact } from "../../job_context.ts";
import { plainText } from "../../plain_text.ts";

/** An {@linkcode ArtifactStore} in SQLite. */
export class SqliteArtifacts implements ArtifactStore {
  #database: SqliteDatabase;
  #access: SqliteAccess;

  constructor(database: SqliteDatabase, access: SqliteAccess) {
    this.#database = database;
    this.#access = access;
  }

  put(artifact: Artifact, job?: string, readers?: Readers): Artifact {
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
          metadata: JSON.stringify(shown(artifact.metadata)),
          provenance: JSON.stringify(artifact.provenance),
        },
      );
      if (job !== undefined) {
        this.#database.all(
          "INSERT INTO job_artifacts (job, artifact) VALUES ($job, $id) ON CONFLICT DO NOTHING",
          { job, id },
        );
      }
      this.#let(id, job === undefined ? readers : { ofJob: job });
      return this.get(id)!;
    });
  }

  #let(id: string, readers: Readers = { client: EVERYBODY }): void {
    if ("client" in readers) this.#access.grant(id, readers.client);
    else this.#access.share(readers.ofJob, id);
  }

  get(id: string): Artifact | undefined {
    const row = this.#database.one("SELECT * FROM artifacts WHERE id = $id", { id });
    return row && artifactOf(row);
  }

  list(query: PageQuery & ArtifactFilter = {}): Page<Artifact> {
    return pageOf(this.#database, "artifacts", query, conditionsOf(query), artifactOf);
  }

  count(filter: ArtifactFilter = {}): number {
    return countOf(this.#database, "artifacts", conditionsOf(filter));
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

/** Titles come from file names and options: they stand on pages and in terminals of others. */
function shown(metadata: Artifact["metadata"]): Artifact["metadata"] {
  const { title } = metadata;
  return typeof title === "string" ? { ...metadata, title: plainText(title) } : metadata;
}

function conditionsOf({ kind, viewer }: ArtifactFilter): Condition[] {
  return [...equalTo({ kind }), ...visibleTo("artifacts", viewer)];
}
