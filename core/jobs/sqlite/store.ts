/** The store in one SQLite file. */

import { type EventBus, LocalEventBus } from "../event_bus.ts";
import { SQLITE } from "../sql/dialect.ts";
import { type Parts, sqlParts } from "../sql/parts.ts";
import type { Steps } from "../sql/steps.ts";
import { SqliteDatabase } from "./database.ts";
import type {
  AccessStore,
  ArtifactStore,
  CheckpointStore,
  EventStore,
  Immediate,
  JobStore,
  KeepStore,
  Queue,
  Store,
} from "../store.ts";

/** How a {@linkcode SqliteStore} is set up. */
export interface SqliteOptions {
  /** What rings when there are events. */
  readonly bus?: EventBus;
  /** The time, in ms. */
  readonly now?: () => number;
  /** How long a job stays with an owner that gives no sign, in ms; default 120,000: a single step may take a while on a slow CPU. */
  readonly lease?: number;
  /** How long a job rests after its second crash, in ms; then 10 and 60 times as long. Default 1,000. */
  readonly rest?: number;
}

/** What SQLite answers, it answers at once. */
type ImmediateParts = { [Name in keyof Parts]: Immediate<Parts[Name]> };

const LEASE = 120_000;
const REST = 1_000;

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
 * const claimed = store.queue.claim("me")!;
 * store.events.append(claimed, [{ type: "started", attempt: 1 }]);
 * store.queue.finish(claimed, { state: "done", result: { codes: "codes-1" } });
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
  /** Where unfinished jobs stand. */
  readonly checkpoints: Immediate<CheckpointStore>;
  /** What can be done without. */
  readonly keeping: Immediate<KeepStore>;
  /** Tells of new events. */
  readonly bus: EventBus;
  readonly #database: SqliteDatabase;
  readonly #now: () => number;
  readonly #rings = new Set<string>();

  /**
   * Opens or makes the file at `path`; `:memory:` keeps nothing.
   *
   * @throws {StorageError} When it is damaged, locked, or made by a newer version.
   */
  constructor(path: string, options: SqliteOptions = {}) {
    const { bus = new LocalEventBus(), now = Date.now, lease = LEASE, rest = REST } = options;
    this.#database = new SqliteDatabase(path);
    this.#now = now;
    this.bus = bus;
    const run = (steps: () => Steps<unknown>) => this.#rung(() => this.#take(steps()));
    const parts = sqlParts(SQLITE, { lease, rest }, run) as ImmediateParts;
    this.access = parts.access;
    this.artifacts = parts.artifacts;
    this.jobs = parts.jobs;
    this.queue = parts.queue;
    this.events = parts.events;
    this.checkpoints = parts.checkpoints;
    this.keeping = parts.keeping;
  }

  #take<Result>(steps: Steps<Result>): Result {
    let answer: unknown;
    while (true) {
      const next = steps.next(answer);
      if (next.done) return next.value;
      const step = next.value;
      if ("sql" in step) answer = this.#database.all(step.sql, step.values);
      else if ("whole" in step) {
        answer = this.#database.transaction(() => this.#take(step.whole()));
      } else if ("clock" in step) answer = this.#now();
      else this.#rings.add(step.ring);
    }
  }

  /** Rings afterwards: what is not committed is not there for others. */
  #rung<Result>(work: () => Result): Result {
    this.#rings.clear();
    const result = work();
    for (const job of [...this.#rings]) this.bus.publish(job);
    return result;
  }

  close(): void {
    this.#database.close();
  }

  /** As {@linkcode SqliteStore.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
