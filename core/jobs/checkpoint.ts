/** The checkpoint of a job: blobs of which the newest that is whole counts. It outlives a crash, and damage. */

import type { BlobStore } from "./blobs.ts";
import { StorageError } from "../errors.ts";
import type { ClaimedJob } from "./job.ts";
import type { Store } from "./store.ts";

/** Where the checkpoints of a store lie. */
export interface CheckpointPlace {
  /** Which blobs they are. */
  readonly store: Pick<Store, "checkpoints">;
  /** The blobs. */
  readonly blobs: BlobStore;
}

/** The checkpoint of a claimed job. */
export class Checkpoint {
  readonly #place: CheckpointPlace;
  readonly #job: ClaimedJob;
  readonly #warn: (message: string) => void;

  /** `warn` hears of damage. */
  constructor(place: CheckpointPlace, job: ClaimedJob, warn: (message: string) => void) {
    this.#place = place;
    this.#job = job;
    this.#warn = warn;
  }

  /** The newest bytes that are as they were written; undefined where there are none. */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { store, blobs } = this.#place;
    const names = await store.checkpoints.list(this.#job.checkpoint);
    for (const [at, name] of names.entries()) {
      try {
        return await blobs.read(name);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        const next = at + 1 < names.length
          ? "the job goes on from the one before"
          : "the job starts anew";
        this.#warn(`Cannot use checkpoint ${name}, it is damaged or missing: ${next}`);
      }
    }
    return undefined;
  }

  /**
   * Makes these bytes the newest.
   *
   * @throws {StorageError} When the disk is full; the checkpoint before stays.
   * @throws {LeaseLostError} When the job is no longer its owner's.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const { store, blobs } = this.#place;
    const blob = await blobs.write(bytes, "checkpoint");
    await this.#drop(await store.checkpoints.add(this.#job, this.#job.checkpoint, blob));
    // Another job may have dropped the same content until then.
    if (!await blobs.has(blob)) await blobs.write(bytes, "checkpoint");
  }

  /** Removes it. */
  async remove(): Promise<void> {
    await this.#drop(await this.#place.store.checkpoints.remove(this.#job.checkpoint));
  }

  async #drop(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#place.blobs.remove(name);
  }
}
