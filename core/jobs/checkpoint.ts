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
    return await readCheckpoint(this.#place, this.#job.checkpoint, this.#warn);
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
    const gone = await store.checkpoints.add(this.#job, this.#job.checkpoint, blob);
    for (const name of gone) await blobs.remove(name);
    // Another job may have dropped the same content until then.
    if (!await blobs.has(blob)) await blobs.write(bytes, "checkpoint");
  }
}

/** The newest bytes of a name that are as they were written; undefined where there are none. `warn` hears of damage. */
export async function readCheckpoint(
  { store, blobs }: CheckpointPlace,
  name: string,
  warn: (message: string) => void,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const kept = await store.checkpoints.list(name);
  for (const [at, blob] of kept.entries()) {
    try {
      return await blobs.read(blob);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const next = at + 1 < kept.length
        ? "the job goes on from the one before"
        : "the job starts anew";
      warn(`Cannot use checkpoint ${blob}, it is damaged or missing: ${next}`);
    }
  }
  if (kept.length > 0) return undefined;
  return await Deno.readFile(pathOfBefore(blobs, name)).catch(() => undefined);
}

/** Where 0.1 had the checkpoint of a name. */
function pathOfBefore({ home }: BlobStore, name: string): string {
  return `${home}/checkpoints/${name}`;
}

/** Removes the checkpoints of a name, unless a job that has not ended goes on from there. */
export async function removeCheckpoint(
  { store, blobs }: CheckpointPlace,
  name: string,
): Promise<void> {
  for (const blob of await store.checkpoints.remove(name)) await blobs.remove(blob);
  await Deno.remove(pathOfBefore(blobs, name)).catch(() => {});
}
