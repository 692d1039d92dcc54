/** The tables in PostgreSQL, and how a database of an older version becomes one of today's layout. */

import { StorageError } from "../../errors.ts";
import type { PostgresDatabase } from "./database.ts";

/** What stands for the layout among advisory locks. */
const LOCK = 7_710_001;

/** Each entry brings the layout one version further; entries are only ever added. */
const LAYOUTS: readonly string[] = [
  `
  CREATE TABLE jobs (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    task TEXT NOT NULL,
    options TEXT NOT NULL,
    seed BIGINT NOT NULL,
    key TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    result TEXT,
    error TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    ready BIGINT NOT NULL DEFAULT 0,
    needs TEXT NOT NULL DEFAULT '[]',
    owner TEXT,
    lease BIGINT,
    client TEXT,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
  );
  CREATE INDEX jobs_by_state ON jobs (state, seq);
  CREATE INDEX jobs_by_key ON jobs (key, state);
  CREATE INDEX jobs_by_task ON jobs (task, seq);
  CREATE INDEX jobs_by_checkpoint ON jobs (checkpoint);
  CREATE TABLE events (
    job TEXT NOT NULL REFERENCES jobs (id),
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (job, number)
  );
  CREATE TABLE artifacts (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    files TEXT NOT NULL,
    metadata TEXT NOT NULL,
    provenance TEXT NOT NULL
  );
  CREATE INDEX artifacts_by_kind ON artifacts (kind, seq);
  CREATE TABLE job_artifacts (
    job TEXT NOT NULL REFERENCES jobs (id),
    artifact TEXT NOT NULL REFERENCES artifacts (id),
    PRIMARY KEY (job, artifact)
  );
  CREATE INDEX job_artifacts_by_artifact ON job_artifacts (artifact);
  CREATE TABLE access (
    item TEXT NOT NULL,
    client TEXT NOT NULL,
    PRIMARY KEY (item, client)
  );
  CREATE TABLE checkpoints (
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (name, number)
  );
  CREATE TABLE blobs (
    name TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    stored TIMESTAMPTZ NOT NULL DEFAULT now()
  );
  CREATE TABLE blob_parts (
    name TEXT NOT NULL REFERENCES blobs (name) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (name, part)
  );
  ALTER TABLE blob_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
  `,
  `
  ALTER TABLE jobs ADD COLUMN parent TEXT;
  ALTER TABLE jobs ADD COLUMN part TEXT;
  CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL;
  `,
  `
  ALTER TABLE jobs ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
  `,
];

/**
 * Makes the tables, or brings them to the newest layout; one process at a time does.
 *
 * @throws {StorageError} When this user may not, or the database was made by a newer version of Countergrade.
 */
export async function layOut(database: PostgresDatabase): Promise<void> {
  if (await versionOf((sql) => database.ask(sql)) === LAYOUTS.length) return;
  try {
    await database.whole(async (run) => {
      await run(`SELECT pg_advisory_xact_lock(${LOCK})`);
      const version = await versionOf(run);
      if (version > LAYOUTS.length) throw newer(version);
      await run("CREATE SCHEMA IF NOT EXISTS countergrade");
      await run("CREATE TABLE IF NOT EXISTS countergrade.layout (version INTEGER NOT NULL)");
      for (const script of LAYOUTS.slice(version)) await run(script);
      await run("DELETE FROM countergrade.layout");
      await run(`INSERT INTO countergrade.layout VALUES (${LAYOUTS.length})`);
    });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    if (cause?.code !== "42501") throw error;
    throw new StorageError(
      "Cannot make the tables: this user may not; let one that may create in the database start a server " +
        "once, then grant this one what docs/several_hosts.md lists",
      { cause: error },
    );
  }
}

async function versionOf(run: (sql: string) => Promise<unknown[]>): Promise<number> {
  const [there] = await run(
    "SELECT to_regclass('countergrade.layout') IS NOT NULL AS there",
  ) as { there: boolean }[];
  if (!there.there) return 0;
  const [row] = await run("SELECT version FROM countergrade.layout") as { version: number }[];
  return row?.version ?? 0;
}

function newer(version: number): StorageError {
  return new StorageError(
    `Cannot open the database: its layout is version ${version}, this program knows ` +
      `${LAYOUTS.length}; use the newer program that made it`,
  );
}
