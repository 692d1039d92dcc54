/** Artifacts in SQLite: the rows beside the files. */

import type { Row, SqliteDatabase } from "./database.ts";
import { type SqliteAccess, visibleTo } from "./access.ts";
import { between, type Condition, countOf, equalTo, holding, pageOf, saying } from "./page.ts";
import {
  type ArtifactFilter,
  type ArtifactStore,
  EVERYBODY,
  type Page,
  type PageQuery,
  type Readers,
} from "../store.ts";
import type { Artifact } from "../../job_context.ts";
import { type Lease, LeaseLostError } from "../job.ts";
import { leased } from "./jobs.ts";
import { plainText } from "../../plain_text.ts";

/** An {@linkcode ArtifactStore} in SQLite. */
export class SqliteArtifacts implements ArtifactStore {
  #database: SqliteDatabase;
  #access: SqliteAccess;

  constructor(database: SqliteDatabase, access: SqliteAccess) {
    this.#database = database;
    this.#access = access;
  }

  put(artifact: Artifact, job?: Lease, readers?: Readers): Artifact {
    const { id, kind, createdAt } = artifact;
    const lease = job ?? (readers && "ofJob" in readers ? readers.ofJob : undefined);
    return this.#database.transaction(() => {
      if (lease && !leased(this.#database, lease)) throw new LeaseLostError(lease);
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
          { job: job.id, id },
        );
      }
      this.#let(id, job === undefined ? readers : { ofJob: job });
      return this.get(id)!;
    });
  }

  #let(id: string, readers: Readers = { client: EVERYBODY }): void {
    if ("client" in readers) this.#access.grant(id, readers.client);
    else this.#access.share(readers.ofJob.id, id);
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

  rename(id: string, title: string): void {
    this.#database.all(
      "UPDATE artifacts SET metadata = json_set(metadata, '$.title', $title) WHERE id = $id",
      { id, title: plainText(title) },
    );
  }

  madeFrom(id: string): string[] {
    return this.#database.all(
      `SELECT id FROM artifacts
       WHERE EXISTS (SELECT 1 FROM json_each(provenance, '$.inputs') WHERE value = $id) ORDER BY seq`,
      { id },
    ).map(({ id }) => String(id));
  }

  remove(ids: readonly string[]): string[] {
    return this.#database.transaction(() => {
      const blobs = ids.flatMap((id) => [...this.#blobsOf(id)]);
      for (const id of ids) {
        this.#database.all(
          "UPDATE jobs SET key = 'gone ' || id WHERE id IN (SELECT job FROM job_artifacts WHERE artifact = $id)",
          { id },
        );
        this.#database.all("DELETE FROM job_artifacts WHERE artifact = $id", { id });
        this.#database.all("DELETE FROM access WHERE item = $id", { id });
        this.#database.all("DELETE FROM artifacts WHERE id = $id", { id });
      }
      return [...new Set(blobs)].filter((blob) =>
        !this.#database.one("SELECT 1 FROM artifacts WHERE instr(files, $blob) > 0", { blob })
      );
    });
  }

  /** The files of an artifact, and the pictures that were shown while it was made. */
  *#blobsOf(id: string): Generator<string> {
    const told = this.#database.all(
      `SELECT files AS text FROM artifacts WHERE id = $id
       UNION ALL SELECT body FROM events WHERE job IN (SELECT job FROM job_artifacts WHERE artifact = $id)`,
      { id },
    );
    for (const { text } of told) {
      for (const [blob] of String(text).matchAll(/\b[0-9a-f]{64}\.[a-z0-9]{1,16}\b/g)) yield blob;
    }
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

function conditionsOf(
  { kind, viewer, dataset, encoder, probe, text, since, until }: ArtifactFilter,
): Condition[] {
  return [
    ...equalTo({ kind }),
    ...visibleTo("artifacts", viewer),
    ...saying("metadata", { dataset, encoder, probe }),
    ...holding("id || ' ' || coalesce(metadata ->> '$.title', '')", text),
    ...between("created_at", since, until),
  ];
}
