/** The store in one SQLite file. */

import { type EventBus, LocalEventBus } from "../event_bus.ts";
import { SqliteAccess } from "./access.ts";
import { SqliteArtifacts } from "./artifacts.ts";
import { SqliteDatabase } from "./database.ts";
import { SqliteEvents } from "./events.ts";
import { SqliteJobs } from "./jobs.ts";
import { SqliteQueue } from "./queue.ts";
import type {
  AccessStore,
  ArtifactStore,
  EventStore,
  Immediate,
  JobStore,
  Queue,
  Store,
} from "../store.ts";

/**
 * A {@linkcode Store} in SQLite. Answers come at once, from any thread's own connection to the file.
 *
 * @example
 * ```ts
 * import { SqliteStore } from "@countergrade/countergrade/jobs";
 * import { assertEquals } from "@std/assert";
 *
 * using store = new SqliteStore(":memory:");
 * const job = store.queue.add({ task: "encode", options: {}, seed: 0, key: "k" });
 * store.queue.claim("me");
 * store.events.append(job.id, { type: "started", attempt: 1 });
 * store.queue.finish(job.id, "me", { state: "done", result: { codes: "codes-1" } });
 * assertEquals(store.events.read(job.id, 1).map(({ number, body }) => [number, body.type]), [[2, "done"]]);
 * ```
 */
export class SqliteStore implements Store, Disposable {
  /** Who may see it. */
  readonly access: Immediate<AccessStore>;
  /** The stored results. */
  readonly artifacts: Immediate<ArtifactStore>;
  /** The jobs, to look at. */
  readonly jobs: Immediate<JobStore>;
  /** The jobs, to work on. */
  readonly queue: Immediate<Queue>;
  /** The events of all jobs. */
  readonly events: Immediate<EventStore>;
  #database: SqliteDatabase;

  /**
   * Opens or makes the file at `path`; `:memory:` keeps nothing. `now` gives the time in ms.
   *
   * @throws {StorageError} When it is damaged, locked, or made by a newer version.
   */
  constructor(
    path: string,
    { bus = new LocalEventBus(), now = Date.now }: { bus?: EventBus; now?: () => number } = {},
  ) {
    this.#database = new SqliteDatabase(path);
    const access = new SqliteAccess(this.#database);
    this.access = access;
    this.artifacts = new SqliteArtifacts(this.#database, access);
    this.jobs = new SqliteJobs(this.#database);
    const events = new SqliteEvents(this.#database, bus, now);
    this.events = events;
    this.queue = new SqliteQueue(this.#database, events, access, bus, now);
  }

  close(): void {
    this.#database.close();
  }

  /** As {@linkcode SqliteStore.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
