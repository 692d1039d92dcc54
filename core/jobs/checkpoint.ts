/** The checkpoint of a job: one file that outlives a crash and is always whole. */

import { reasonOf, writeAtomic, type WriteFile } from "../atomic_file.ts";
import { InputError, StorageError } from "../errors.ts";

/** A checkpoint file, `<home>/checkpoints/<name>`. One job writes it at a time. */
export class CheckpointFile {
  readonly path: string;
  #write?: WriteFile;

  /** @throws {InputError} When `name` has characters beside letters, digits, `-` and `_`. */
  constructor(home: string, name: string, write?: WriteFile) {
    if (!/^[\w-]{1,128}$/.test(name)) throw new InputError(`Cannot use checkpoint name "${name}"`);
    this.path = `${home}/checkpoints/${name}`;
    this.#write = write;
  }

  /** The bytes last written, or undefined. @throws {StorageError} When the file cannot be read. */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return await Deno.readFile(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new StorageError(`Cannot read the checkpoint: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Replaces the bytes. @throws {StorageError} When the disk is full; the previous checkpoint stays. */
  async write(bytes: Uint8Array): Promise<void> {
    await writeAtomic(this.path, bytes, { what: "the checkpoint", write: this.#write });
  }

  /** Deletes the file if there is one. */
  async remove(): Promise<void> {
    await Deno.remove(this.path).catch(() => {});
  }
}
