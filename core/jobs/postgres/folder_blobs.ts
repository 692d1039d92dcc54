/** Files in a folder that all machines see, as of a file server, beside those that the database has from before. */

import { type BlobArchive, BlobStore, type StoredBlob } from "../blobs.ts";
import { StorageError } from "../../errors.ts";

/** A {@linkcode BlobArchive} in a folder. */
export class FolderBlobs implements BlobArchive {
  readonly #files: BlobStore;
  readonly #before: BlobArchive;

  private constructor(folder: string, before: BlobArchive) {
    this.#files = new BlobStore(folder);
    this.#before = before;
  }

  /**
   * Opens a folder, which must be there: one that is made in the place of a share that is not mounted would be seen by nobody else.
   *
   * @param before Where files are that were put before there was a folder.
   * @throws {StorageError} When it is not there.
   */
  static async open(folder: string, before: BlobArchive): Promise<FolderBlobs> {
    const there = await Deno.stat(folder).then((info) => info.isDirectory, () => false);
    if (!there) {
      throw new StorageError(
        `Cannot use the folder "${folder}" of the store's files: it is not there; is it mounted?`,
      );
    }
    const opened = new FolderBlobs(folder, before);
    await opened.#files.sweep();
    return opened;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#files.write(bytes, name.slice(65));
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#files.read(name);
    } catch (error) {
      if (error instanceof StorageError) return await this.#before.get(name);
      throw error;
    }
  }

  async has(name: string): Promise<boolean> {
    return await this.#files.has(name) || await this.#before.has(name);
  }

  async remove(name: string): Promise<void> {
    await this.#files.remove(name);
    await this.#before.remove(name);
  }

  async *list(): AsyncGenerator<StoredBlob> {
    yield* this.#files.list();
    yield* this.#before.list();
  }
}
