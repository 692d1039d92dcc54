/** The store in PostgreSQL, for servers and workers on several machines. */

import type { BlobArchive } from "../blobs.ts";
import { type EventBus, LocalEventBus } from "../event_bus.ts";
import { POSTGRES } from "../sql/dialect.ts";
import { type Parts, sqlParts } from "../sql/parts.ts";
import type {
  AccessStore,
  ArtifactStore,
  CheckpointStore,
  EventStore,
  JobStore,
  KeepStore,
  Queue,
  Store,
} from "../store.ts";
import { readPostgresAddress } from "./address.ts";
import { PostgresBlobs } from "./blobs.ts";
import { PostgresDatabase } from "./database.ts";
import { FolderBlobs } from "./folder_blobs.ts";
import { layOut } from "./layout.ts";

/** How a {@linkcode PostgresStore} is set up; times are in ms. */
export interface PostgresOptions {
  /** How long a job stays with an owner that gives no sign; default 15,000. */
  readonly lease?: number;
  /** How long a job rests after its second crash, in ms; then 10 and 60 times as long. Default 1,000. */
  readonly rest?: number;
  /** How long a database that is gone is waited for; default 60,000. */
  readonly patience?: number;
  /** How many connections there are at most, beside the one for news; default 4. */
  readonly connections?: number;
}

const LEASE = 15_000;
const REST = 1_000;

/** A {@linkcode Store} in PostgreSQL 15 or newer, in a schema of its own. Its clock is the database's. */
export class PostgresStore implements Store, AsyncDisposable {
  /** Who may see it. */
  readonly access: AccessStore;
  /** The stored results. */
  readonly artifacts: ArtifactStore;
  /** The jobs, to look at. */
  readonly jobs: JobStore;
  /** The jobs, to work on. */
  readonly queue: Queue;
  /** The events of all jobs. */
  readonly events: EventStore;
  /** Where unfinished jobs stand. */
  readonly checkpoints: CheckpointStore;
  /** What can be done without. */
  readonly keeping: KeepStore;
  /** Tells of new events, of all machines. */
  readonly bus: EventBus;
  /** Other machines use it too. */
  readonly shared = true;
  /** Where files are kept for them. */
  readonly archive: BlobArchive;
  readonly #database: PostgresDatabase;

  private constructor(
    database: PostgresDatabase,
    parts: Parts,
    bus: EventBus,
    archive: BlobArchive,
  ) {
    this.#database = database;
    this.bus = bus;
    this.archive = archive;
    this.access = parts.access;
    this.artifacts = parts.artifacts;
    this.jobs = parts.jobs;
    this.queue = parts.queue;
    this.events = parts.events;
    this.checkpoints = parts.checkpoints;
    this.keeping = parts.keeping;
  }

  /**
   * Connects, and makes the tables where they are missing.
   *
   * @param address `postgres://USER@HOST[:PORT]/DATABASE`; in the query `ca=FILE`, `password=FILE`, `tls=off`, `blobs=FOLDER`.
   * @throws {InputError} When the address has another form.
   * @throws {StorageError} When the database cannot be used.
   */
  static async open(address: string, options: PostgresOptions = {}): Promise<PostgresStore> {
    const { lease = LEASE, rest = REST } = options;
    const at = await readPostgresAddress(address);
    const database = new PostgresDatabase(at, options);
    const bus = new LocalEventBus();
    const files = new PostgresBlobs(database);
    let archive: BlobArchive = files;
    try {
      if (at.blobs !== undefined) archive = await FolderBlobs.open(at.blobs, files);
      await layOut(database);
      await database.listen((job) => bus.publish(job));
    } catch (error) {
      await database.close();
      throw error;
    }
    const parts = sqlParts(POSTGRES, { lease, rest }, (steps) => database.take(steps));
    return new PostgresStore(database, parts, bus, archive);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** As {@linkcode PostgresStore.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
