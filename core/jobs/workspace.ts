/** The home folder of a process: database, blobs, checkpoints, and the sign that the process is alive. */

import { BlobStore } from "./blobs.ts";
import { reasonOf } from "../atomic_file.ts";
import { StorageError } from "../errors.ts";
import { type EventBus, LocalEventBus } from "./event_bus.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { SqliteStore } from "./sqlite/store.ts";
import type { ClaimedJob, Job } from "./job.ts";
import type { Store } from "./store.ts";

/** How often leases are prolonged and requests to cancel noticed, and the dead looked for, in ms. */
const HEARTBEAT = 1_000;
const RECLAIM = 10_000;

/** How a {@linkcode Workspace} is opened. */
export interface WorkspaceOptions {
  /** Joins another thread's workspace. */
  readonly owner?: string;
  /** Where this process hears of new events. */
  readonly bus?: EventBus;
  /** How long a job rests after its second crash, in ms. */
  readonly rest?: number;
  /** Opens the store, given the home folder; default: a SQLite file in it. */
  readonly store?: (home: string) => Store | Promise<Store>;
}

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
  /** What is known of jobs and results; here a database in the folder. */
  readonly store: Store;
  /** The files of the artifacts. */
  readonly blobs: BlobStore;
  /** Where this process hears of new events. */
  readonly bus: EventBus;
  #lock?: Deno.FsFile;
  #timers: ReturnType<typeof setInterval>[] = [];
  #beatListeners = new Set<(mine: readonly ClaimedJob[]) => void>();
  #closed = false;

  private constructor(home: string, owner: string, store: Store) {
    this.home = home;
    this.owner = owner;
    this.bus = store.bus;
    this.store = store;
    this.blobs = new BlobStore(home, { archive: store.archive });
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
    options: WorkspaceOptions = {},
  ): Promise<Workspace> {
    const { owner = crypto.randomUUID(), bus = new LocalEventBus() } = options;
    const {
      store = (home: string) =>
        new SqliteStore(`${home}/countergrade.db`, { bus, rest: options.rest }),
    } = options;
    try {
      await Deno.mkdir(`${home}/owners`, { recursive: true });
    } catch (error) {
      throw new StorageError(`Cannot open the home folder: ${reasonOf(error)}`, { cause: error });
    }
    const real = await Deno.realPath(home);
    const workspace = new Workspace(real, owner, await store(real));
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

  /**
   * Calls `listener` at each sign of life with the jobs that this owner has: with requests to cancel them, and without those that
   * it has lost.
   */
  onBeat(listener: (mine: readonly ClaimedJob[]) => void): () => void {
    this.#beatListeners.add(listener);
    return () => this.#beatListeners.delete(listener);
  }

  async #live(): Promise<void> {
    // Locked under another name first: nobody may find the file unlocked and take us for dead.
    const path = this.#lockPath(this.owner);
    this.#lock = await Deno.open(`${path}.new`, { create: true, write: true });
    await this.#lock.lock(true);
    await Deno.rename(`${path}.new`, path);
    await this.reclaim();
    this.#timers = [
      this.#every(HEARTBEAT, () => this.#beat()),
      this.#every(RECLAIM, () => this.reclaim()),
    ];
  }

  /** An empty database beside results means that it was emptied or deleted: nothing is found, though all of it is there. */
  async #tellOfLoss(): Promise<void> {
    const { store, home } = this;
    if (await store.jobs.count() > 0 || await store.artifacts.count() > 0) return;
    const blobs = await Array.fromAsync(Deno.readDir(`${home}/sha256`)).catch(() => []);
    if (blobs.length === 0) return;
    console.error(
      `The database in ${home} is empty, though files of results lie beside it in sha256: it was emptied or ` +
        "deleted. Put countergrade.db back from a copy to find them; new results go on from here",
    );
  }

  async #beat(): Promise<void> {
    // Whoever begins to listen meanwhile may have a job that this answer does not know yet.
    const listeners = [...this.#beatListeners];
    const mine = await this.store.queue.heartbeat(this.owner);
    for (const listener of listeners) listener(mine);
  }

  /** Puts the jobs of dead processes back into the queue, and those of `known` ones. Runs by itself every 10 s. */
  async reclaim(known: readonly string[] = []): Promise<readonly Job[]> {
    const dead = [...known];
    // Locks tell of this machine's processes.
    const owners = this.store.shared ? [] : await this.store.queue.owners();
    for (const owner of owners) {
      if (owner !== this.owner && !await this.#isAlive(owner)) dead.push(owner);
    }
    if (this.#closed) return [];
    const jobs = await this.store.queue.reclaim(dead);
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

  /** Does something now and then, one at a time: a store that is gone for a while is not asked more and more. */
  #every(ms: number, work: () => Promise<unknown>): ReturnType<typeof setInterval> {
    let busy = false;
    return setInterval(async () => {
      if (busy) return;
      busy = true;
      await this.#quietly(work);
      busy = false;
    }, ms);
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
    await this.store.close();
    if (!this.#lock) return;
    await Deno.remove(this.#lockPath(this.owner)).catch(() => {});
    this.#lock.close();
  }

  /** As {@linkcode Workspace.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
