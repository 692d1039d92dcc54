/** How a test makes a database of today one of 0.1, version 2 of its layout: what came later is taken away. */

/** To be run on a connection of its own. */
export const TO_VERSION_2 = `
  DROP TABLE access;
  DROP TABLE checkpoints;
  DROP INDEX jobs_by_task;
  DROP INDEX jobs_by_checkpoint;
  DROP INDEX job_artifacts_by_artifact;
  DROP INDEX jobs_by_parent;
  ALTER TABLE jobs DROP COLUMN lost;
  ALTER TABLE jobs DROP COLUMN parent;
  ALTER TABLE jobs DROP COLUMN part;
  ALTER TABLE jobs RENAME COLUMN attempt TO attempts;
  ALTER TABLE jobs DROP COLUMN crashes;
  ALTER TABLE jobs DROP COLUMN ready;
  ALTER TABLE jobs DROP COLUMN needs;
  PRAGMA user_version = 2;
`;
