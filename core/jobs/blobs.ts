/** Files named by their content: the same bytes are stored once, and damage is noticed when reading. */

import { createHash } from "node:crypto";
import { reasonOf, writeAtomic, type WriteFile } from "../atomic_file.ts";
import { FormatError, InputError, StorageError } from "../errors.ts";

/** How a blob that is not there yet is got. */
export interface BlobSourceOptions {
  /** Ends the fetching. */
  readonly signal?: AbortSignal;
  /** Both in bytes. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Gets the bytes of a blob from elsewhere. @throws {StorageError | FormatError} */
export type BlobSource = (options: BlobSourceOptions) => Promise<Uint8Array>;

const NAME = /^([0-9a-f]{64})\.([a-z0-9]{1,16})$/;

/** How many files are remembered as intact. */
const REMEMBERED = 50_000;

/** The SHA-256 of a file, piece by piece: other work goes on in between. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const piece = new Uint8Array(1 << 20);
  for (let size; (size = await file.read(piece)) !== null;) hash.update(piece.subarray(0, size));
  return hash.digest("hex");
}

/** The SHA-256 of bytes or text, as 64 hexadecimal digits. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Whether `name` has the form `<sha256>.<extension>`. */
export function isBlobName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Stores bytes under `<home>/sha256/<first two digits>/<the other 62>.<extension>`.
 *
 * @example
 * ```ts
 * import { BlobStore } from "@countergrade/countergrade/jobs";
 * import { assertEquals } from "@std/assert";
 *
 * const home = await Deno.makeTempDir();
 * const blobs = new BlobStore(home);
 * const name = await blobs.write(new TextEncoder().encode("hello"), "txt");
 * assertEquals(name.slice(0, 8), "2cf24dba");
 * assertEquals(new TextDecoder().decode(await blobs.read(name)), "hello");
 * await Deno.remove(home, { recursive: true });
 * ```
 */
export class BlobStore {
  /** The folder that holds `sha256/`. */
  readonly home: string;
  #write?: WriteFile;
  /** What files looked like when they were found right. */
  readonly #intact = new Map<string, string>();
  #sources = new Map<string, BlobSource>();

  /** `write` replaces how temporary files are written, so that tests can fill the disk. */
  constructor(home: string, write?: WriteFile) {
    this.home = home;
    this.#write = write;
  }

  /**
   * Stores bytes and returns their name. A damaged file of that name is replaced.
   *
   * @throws {StorageError} When the disk is full or cannot be written; no part of a file is left.
   * @throws {InputError} When `extension` is not 1–16 lower-case letters and digits.
   */
  async write(bytes: Uint8Array, extension: string): Promise<string> {
    const name = `${sha256(bytes)}.${extension}`;
    const path = this.path(name);
    if (await this.isIntact(name)) return name;
    await writeAtomic(path, bytes, {
      what: `a .${extension} file of ${bytes.length} bytes`,
      temporary: `${this.home}/partial/${crypto.randomUUID()}`,
      write: this.#write,
    });
    return name;
  }

  /** Says where a blob can be got when it is read and not there: on first use. */
  provide(name: string, source: BlobSource): void {
    this.#sources.set(name, source);
  }

  /**
   * The bytes of a blob.
   *
   * @param options For a blob that has to be got first, see {@linkcode BlobStore.provide}.
   * @throws {StorageError} When the file is missing, or its content no longer matches its name.
   * @throws {FormatError} When what was got for it has other content.
   */
  async read(name: string, options: BlobSourceOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    let bytes;
    const source = this.#sources.get(name);
    if (source && !await this.has(name)) await this.#get(name, source, options);
    try {
      bytes = await Deno.readFile(this.path(name));
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new StorageError(`Cannot read file ${name}: ${reasonOf(error)}`, { cause: error });
    }
    if (sha256(bytes) !== name.slice(0, 64)) {
      throw new StorageError(`Cannot read file ${name}: its content is damaged`);
    }
    return bytes;
  }

  async #get(name: string, source: BlobSource, options: BlobSourceOptions): Promise<void> {
    const bytes = await source(options);
    if (sha256(bytes) !== name.slice(0, 64)) {
      throw new FormatError(`Cannot use a file in place of ${name}: its content is another`);
    }
    await this.write(bytes, name.slice(65));
  }

  /** Whether a file of that name is there; its content is not checked. */
  async has(name: string): Promise<boolean> {
    return await Deno.stat(this.path(name)).then((info) => info.isFile, () => false);
  }

  /**
   * Where a blob lies.
   *
   * @throws {InputError} When `name` is not of the form `<sha256>.<extension>`: no name leads out of the store.
   */
  path(name: string): string {
    const [, hash, extension] = NAME.exec(name) ?? [];
    if (!hash) {
      throw new InputError(
        `Cannot use file name "${name}": expected 64 hexadecimal digits, a dot and 1–16 of a–z and 0–9`,
      );
    }
    return `${this.home}/sha256/${hash.slice(0, 2)}/${hash.slice(2)}.${extension}`;
  }

  /** Deletes a blob; one that is not there is as good as deleted. @throws {StorageError} */
  async remove(name: string): Promise<void> {
    await Deno.remove(this.path(name)).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return;
      throw new StorageError(`Cannot delete file ${name}: ${reasonOf(error)}`, { cause: error });
    });
  }

  /** Removes what writers that were killed have left behind: temporary files older than `age` ms. */
  async sweep(age = 3_600_000): Promise<void> {
    const folder = `${this.home}/partial`;
    try {
      for await (const { name } of Deno.readDir(folder)) {
        const { mtime } = await Deno.stat(`${folder}/${name}`);
        if (mtime && mtime.getTime() <= Date.now() - age) await Deno.remove(`${folder}/${name}`);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Whether a file of that name is there, with the content that it is named by. One that has not changed is read once. */
  async isIntact(name: string): Promise<boolean> {
    const path = this.path(name);
    try {
      const { size, mtime, ino } = await Deno.stat(path);
      const sign = `${size} ${mtime?.getTime()} ${ino}`;
      if (this.#intact.get(name) === sign) return true;
      if (await hashOf(path) !== name.slice(0, 64)) return false;
      if (this.#intact.size >= REMEMBERED) this.#intact.clear();
      this.#intact.set(name, sign);
      return true;
    } catch {
      return false;
    }
  }
}
