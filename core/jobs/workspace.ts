/** The home folder of a process: database, blobs, checkpoints, and the sign that the process is alive. */

import { BlobStore } from "./blobs.ts";
import { reasonOf } from "../atomic_file.ts";
import { StorageError } from "../errors.ts";
import { type EventBus, LocalEventBus } from "./event_bus.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { SqliteStore } from "./sqlite/store.ts";
import type { Job } from "./store.ts";

/** How often leases are prolonged and requests to cancel noticed, and the dead looked for, in ms. */
const HEARTBEAT = 1_000;
const RECLAIM = 10_000;

/**
 * An opened home folder. The process that opens it is an owner of jobs: while it lives it holds a lock on
 * `<home>/owners/<owner>.lock`. The system frees the lock of a killed process, so its jobs are taken up at once.
 *
 * @example
 * ```ts
 * import { Workspace } from "@countergrade/countergrade/jobs";
 * import { assertEquals } from "@std/assert";
 *
 * const home = await Deno.makeTempDir();
 * {
 *   await using workspace = await Workspace.open(home);
 *   assertEquals((await workspace.store.jobs.list()).items, []);
 * }
 * await Deno.remove(home, { recursive: true });
 * ```
 */
export class Workspace implements AsyncDisposable {
  /** The folder of database and results. */
  readonly home: string;
  /** Names this process in the queue. */
  readonly owner: string;
  /** The database in it. */
  readonly store: SqliteStore;
  /** The files of the artifacts. */
  readonly blobs: BlobStore;
  /** Where this process hears of new events. */
  readonly bus: EventBus;
  #lock?: Deno.FsFile;
  #timers: ReturnType<typeof setInterval>[] = [];
  #cancelListeners = new Set<(job: Job) => void>();
  #closed = false;

  private constructor(home: string, owner: string, bus: EventBus) {
    this.home = home;
    this.owner = owner;
    this.bus = bus;
    this.store = new SqliteStore(`${home}/countergrade.db`, { bus });
    this.blobs = new BlobStore(home);
  }

  /**
   * Opens a home folder, making it when needed, and takes the jobs of dead processes back into the queue.
   *
   * A further thread of a process joins with `owner`: the thread that opened first keeps the signs of life.
   *
   * @throws {StorageError} When the folder cannot be written, or its database cannot be used.
   */
  static async open(
    home: string,
    options: { owner?: string; bus?: EventBus } = {},
  ): Promise<Workspace> {
    const { owner = crypto.randomUUID(), bus = new LocalEventBus() } = options;
    try {
      await Deno.mkdir(`${home}/owners`, { recursive: true });
    } catch (error) {
      throw new StorageError(`Cannot open the home folder: ${reasonOf(error)}`, { cause: error });
    }
    const workspace = new Workspace(await Deno.realPath(home), owner, bus);
    if (options.owner !== undefined) return workspace;
    try {
      await workspace.#live();
      await workspace.blobs.sweep();
      await sweepLeftovers(workspace.home);
      await workspace.#tellOfLoss();
    } catch (error) {
      await workspace.close();
      throw error;
    }
    return workspace;
  }

  /** Calls `listener` when some process wants a job of this owner to be cancelled; maybe more than once. */
  onCancelRequested(listener: (job: Job) => void): () => void {
    this.#cancelListeners.add(listener);
    return () => this.#cancelListeners.delete(listener);
  }

  async #live(): Promise<void> {
    // Locked under another name first: nobody may find the file unlocked and take us for dead.
    const path = this.#lockPath(this.owner);
    this.#lock = await Deno.open(`${path}.new`, { create: true, write: true });
    await this.#lock.lock(true);
    await Deno.rename(`${path}.new`, path);
    await this.reclaim();
    this.#timers = [
      setInterval(() => this.#quietly(() => this.#beat()), HEARTBEAT),
      setInterval(() => this.#quietly(() => this.reclaim()), RECLAIM),
    ];
  }

  /** An empty database beside results means that it was emptied or deleted: nothing is found, though all of it is there. */
  async #tellOfLoss(): Promise<void> {
    const { store, home } = this;
    if (store.jobs.count() > 0 || store.artifacts.count() > 0) return;
    const blobs = await Array.fromAsync(Deno.readDir(`${home}/sha256`)).catch(() => []);
    if (blobs.length === 0) return;
    console.error(
      `The database in ${home} is empty, though files of results lie beside it in sha256: it was emptied or ` +
        "deleted. Put countergrade.db back from a copy to find them; new results go on from here",
    );
  }

  #beat(): void {
    for (const job of this.store.queue.heartbeat(this.owner)) {
      if (!job.cancelRequested) continue;
      for (const listener of this.#cancelListeners) listener(job);
    }
  }

  /** Puts the jobs of dead processes back into the queue. Runs by itself every 10 s. */
  async reclaim(): Promise<readonly Job[]> {
    const dead: string[] = [];
    for (const owner of this.store.queue.owners()) {
      if (owner !== this.owner && !await this.#isAlive(owner)) dead.push(owner);
    }
    if (this.#closed) return [];
    const jobs = this.store.queue.reclaim(dead);
    for (const owner of dead) await Deno.remove(this.#lockPath(owner)).catch(() => {});
    return jobs;
  }

  async #isAlive(owner: string): Promise<boolean> {
    try {
      using file = await Deno.open(this.#lockPath(owner), { write: true });
      return !await file.tryLock(true);
    } catch {
      return false;
    }
  }

  #lockPath(owner: string): string {
    return `${this.home}/owners/${owner}.lock`;
  }

  /** A full disk or a locked database now is no reason to end the process: the next beat may succeed. */
  async #quietly(work: () => void | Promise<unknown>): Promise<void> {
    try {
      if (!this.#closed) await work();
    } catch (error) {
      if (!this.#closed) console.error(error instanceof Error ? error.message : error);
    }
  }

  /** Closes the database and gives up the lock. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.store.close();
    if (!this.#lock) return;
    await Deno.remove(this.#lockPath(this.owner)).catch(() => {});
    this.#lock.close();
  }

  /** As {@linkcode Workspace.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
