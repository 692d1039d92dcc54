/** How a database of an older version becomes one of today's layout. */

/** Replaces keys and values in a column of JSON: quotes within texts are escaped there, so that these are the names alone. */
function replaced(column: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce(
    (sql, [then, now]) => `replace(${sql}, '${then}', '${now}')`,
    column,
  );
}

const NEIGHBORS = { '"neighbours":': '"neighbors":' };
const RESULTS = { ...NEIGHBORS, '"licence":': '"license":' };
const OPTIONS = { ...NEIGHBORS, '"distance":"standardised"': '"distance":"standardized"' };
const FITS = { '"standardise":': '"standardize":' };
const TOLD = "('counterfactualPath', 'nearestImages', 'inspectDataset', 'downloadDataset')";

/**
 * The names that options and results of the built-in tasks had in 0.1. Provenance says what was asked for then and stays; so do keys,
 * which the options of then belong to.
 */
const namesOfToday = `
  UPDATE jobs SET result = ${replaced("result", RESULTS)} WHERE task IN ${TOLD};
  UPDATE events SET body = ${replaced("body", RESULTS)}
    WHERE job IN (SELECT id FROM jobs WHERE task IN ${TOLD});
  UPDATE jobs SET options = ${replaced("options", OPTIONS)}
    WHERE task IN ('counterfactualPath', 'nearestImages', 'mapLatents');
  UPDATE jobs SET options = ${replaced("options", FITS)}
    WHERE task IN ('trainProbe', 'evaluateProbe') AND (options LIKE '%"logistic"%'
      OR options LIKE '%"svm"%' OR options LIKE '%"ordinal"%' OR options LIKE '%"ridge"%');
  `;

/** Each entry brings the layout one version further; entries are only ever added. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    task TEXT NOT NULL,
    options TEXT NOT NULL,
    seed INTEGER NOT NULL,
    key TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    result TEXT,
    error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease INTEGER,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT
  ) STRICT;
  CREATE INDEX jobs_by_state ON jobs (state, seq);
  CREATE INDEX jobs_by_key ON jobs (key, state);
  CREATE TABLE events (
    job TEXT NOT NULL REFERENCES jobs (id),
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (job, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE artifacts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    files TEXT NOT NULL,
    metadata TEXT NOT NULL,
    provenance TEXT NOT NULL
  ) STRICT;
  CREATE INDEX artifacts_by_kind ON artifacts (kind, seq);
  CREATE TABLE job_artifacts (
    job TEXT NOT NULL REFERENCES jobs (id),
    artifact TEXT NOT NULL REFERENCES artifacts (id),
    PRIMARY KEY (job, artifact)
  ) STRICT;
  `,
  `
  ALTER TABLE jobs ADD COLUMN client TEXT;
  `,
  `
  CREATE TABLE access (
    item TEXT NOT NULL,
    client TEXT NOT NULL,
    PRIMARY KEY (item, client)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO access SELECT id, coalesce(client, '*') FROM jobs;
  INSERT OR IGNORE INTO access
    SELECT artifact, coalesce(client, '*') FROM job_artifacts JOIN jobs ON jobs.id = job;
  INSERT OR IGNORE INTO access
    SELECT id, '*' FROM artifacts
    WHERE kind NOT IN ('image', 'noise') AND id NOT IN (SELECT artifact FROM job_artifacts);
  `,
  namesOfToday,
  `
  ALTER TABLE jobs RENAME COLUMN attempts TO attempt;
  ALTER TABLE jobs ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE jobs ADD COLUMN ready INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE jobs ADD COLUMN needs TEXT NOT NULL DEFAULT '[]';
  CREATE INDEX jobs_by_task ON jobs (task, seq);
  CREATE INDEX jobs_by_checkpoint ON jobs (checkpoint);
  CREATE INDEX job_artifacts_by_artifact ON job_artifacts (artifact);
  CREATE TABLE checkpoints (
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (name, number)
  ) STRICT, WITHOUT ROWID;
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
