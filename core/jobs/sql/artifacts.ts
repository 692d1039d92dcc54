/** Artifacts in SQL: the rows beside the files. */

import { blobsIn } from "../blobs.ts";
import { type SqlAccess, visibleTo } from "./access.ts";
import type { Dialect } from "./dialect.ts";
import type { SqlJobs } from "./jobs.ts";
import { all, type InSteps, one, type Row, type Steps, whole } from "./steps.ts";
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
import { plainText } from "../../plain_text.ts";

/** An {@linkcode ArtifactStore} in SQL. */
export class SqlArtifacts implements InSteps<ArtifactStore> {
  readonly #dialect: Dialect;
  readonly #access: SqlAccess;
  readonly #jobs: SqlJobs;

  constructor(dialect: Dialect, access: SqlAccess, jobs: SqlJobs) {
    this.#dialect = dialect;
    this.#access = access;
    this.#jobs = jobs;
  }

  *put(artifact: Artifact, job?: Lease, readers?: Readers): Steps<Artifact> {
    const { id, kind, createdAt } = artifact;
    const lease = job ?? (readers && "ofJob" in readers ? readers.ofJob : undefined);
    return yield* whole(function* (this: SqlArtifacts): Steps<Artifact> {
      if (lease && !(yield* this.#jobs.leased(lease))) throw new LeaseLostError(lease);
      yield* all(
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
        yield* all(
          "INSERT INTO job_artifacts (job, artifact) VALUES ($job, $id) ON CONFLICT DO NOTHING",
          { job: job.id, id },
        );
      }
      yield* this.#let(id, job === undefined ? readers : { ofJob: job });
      return (yield* this.get(id))!;
    }.bind(this));
  }

  *#let(id: string, readers: Readers = { client: EVERYBODY }): Steps<void> {
    if ("client" in readers) yield* this.#access.grant(id, readers.client);
    else yield* this.#access.share(readers.ofJob.id, id);
  }

  *get(id: string): Steps<Artifact | undefined> {
    const row = yield* one("SELECT * FROM artifacts WHERE id = $id", { id });
    return row && artifactOf(row);
  }

  *list(query: PageQuery & ArtifactFilter = {}): Steps<Page<Artifact>> {
    const listed = { table: "artifacts", columns: "*", itemOf: artifactOf } as const;
    return yield* pageOf(listed, query, this.#conditions(query));
  }

  *count(filter: ArtifactFilter = {}): Steps<number> {
    return yield* countOf("artifacts", this.#conditions(filter));
  }

  *rename(id: string, title: string): Steps<void> {
    yield* whole(function* (this: SqlArtifacts): Steps<void> {
      const artifact = yield* this.get(id);
      if (!artifact) return;
      const metadata = JSON.stringify(shown({ ...artifact.metadata, title }));
      yield* all("UPDATE artifacts SET metadata = $metadata WHERE id = $id", { id, metadata });
    }.bind(this));
  }

  *madeFrom(id: string): Steps<string[]> {
    const made = this.#dialect.includes("provenance", "inputs", "id");
    const rows = yield* all(`SELECT id FROM artifacts WHERE ${made} ORDER BY seq`, { id });
    return rows.map(({ id }) => String(id));
  }

  *remove(ids: readonly string[]): Steps<string[]> {
    return yield* whole(function* (this: SqlArtifacts): Steps<string[]> {
      const blobs = new Set<string>();
      for (const id of ids) {
        for (const blob of yield* this.#blobsOf(id)) blobs.add(blob);
      }
      for (const id of ids) {
        yield* all(
          "UPDATE jobs SET key = 'gone ' || id WHERE id IN (SELECT job FROM job_artifacts WHERE artifact = $id)",
          { id },
        );
        yield* all("DELETE FROM job_artifacts WHERE artifact = $id", { id });
        yield* all("DELETE FROM access WHERE item = $id", { id });
        yield* all("DELETE FROM artifacts WHERE id = $id", { id });
      }
      const gone: string[] = [];
      const used = `SELECT 1 AS yes FROM artifacts WHERE ${
        this.#dialect.holds("files", "$blob")
      } LIMIT 1`;
      for (const blob of blobs) if (!(yield* one(used, { blob }))) gone.push(blob);
      return gone;
    }.bind(this));
  }

  /** The files of an artifact, and the pictures that were shown while it was made. */
  *#blobsOf(id: string): Steps<string[]> {
    const told = yield* all(
      `SELECT files AS text FROM artifacts WHERE id = $id
       UNION ALL SELECT body FROM events WHERE job IN (SELECT job FROM job_artifacts WHERE artifact = $id)`,
      { id },
    );
    return told.flatMap(({ text }) => blobsIn(String(text)));
  }

  #conditions(
    { kind, viewer, dataset, encoder, probe, text, since, until }: ArtifactFilter,
  ): Condition[] {
    const title = this.#dialect.field("metadata", "title");
    return [
      ...equalTo({ kind }),
      ...visibleTo("artifacts", viewer),
      ...saying(this.#dialect, "metadata", { dataset, encoder, probe }),
      ...holding(this.#dialect, `id || ' ' || coalesce(${title}, '')`, text),
      ...between("created_at", since, until),
    ];
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
