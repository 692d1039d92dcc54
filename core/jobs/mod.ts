/**
 * Jobs: submitted, run, followed; their events, results and files, and where these are kept.
 *
 * @module
 */

export {
  type BlobArchive,
  type BlobSource,
  type BlobSourceOptions,
  BlobStore,
  type BlobStoreOptions,
  isBlobName,
  sha256,
  type StoredBlob,
} from "./blobs.ts";
export { plainText } from "../plain_text.ts";
export { downloadFile, type FetchOptions, type RemoteFile } from "./remote_file.ts";
export { type EventBus, LocalEventBus } from "./event_bus.ts";
export {
  type ClaimedJob,
  type Job,
  type JobError,
  type JobEvent,
  type JobNews,
  type JobState,
  type Lease,
  LeaseLostError,
  type Outcome,
  type Queued,
} from "./job.ts";
export { artifactId, derivedId } from "./keys.ts";
export {
  type AccessStore,
  type ArtifactFilter,
  type ArtifactStore,
  type Awaitable,
  type CheckpointStore,
  type ClaimOptions,
  type EventStore,
  EVERYBODY,
  type Forgotten,
  type Immediate,
  type JobFilter,
  type JobPart,
  type JobStore,
  type KeepStore,
  type ListFilter,
  MAX_CRASHES,
  MAX_LOST,
  type NewJob,
  type Page,
  type PageQuery,
  type Queue,
  type Readers,
  type Store,
} from "./store.ts";
export { type SqliteOptions, SqliteStore } from "./sqlite/store.ts";
export { type Damage, damageIn, type KeepOptions, prune, type Pruned } from "./keeping.ts";
export { announceWaiting } from "./waiting.ts";
export { needsOf, offersOf } from "./needs.ts";
export { storeAt } from "./open_store.ts";
export { type PostgresOptions, PostgresStore } from "./postgres/store.ts";
export { Workspace, type WorkspaceOptions } from "./workspace.ts";
export { memberFor } from "./provenance.ts";
export { optionsJsonOf, optionsOf } from "./task_options.ts";
export { describeError, Interruption, JobRunner } from "./run_job.ts";
export { Jobs, type SubmitOptions } from "./jobs.ts";
export {
  exportModels,
  installModels,
  type InstallOptions,
  type ModelBundle,
  models,
  type Release,
  type ShortName,
  shortNames,
} from "./model_bundle.ts";
