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

/** A file as it lies there. */
export interface StoredBlob {
  /** Its name. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** When it was stored, in ms. */
  readonly modified: number;
}

/** Where the files of a store are kept for all machines that use it. @throws {StorageError} Of all its methods. */
export interface BlobArchive {
  /** Keeps a file, as a whole or not at all. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** The bytes of a file; undefined where there is none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Whether there is a file of that name. */
  has(name: string): Promise<boolean>;
  /** Deletes a file if there is one. */
  remove(name: string): Promise<void>;
  /** All files. */
  list(): AsyncIterable<StoredBlob>;
}

/** How a {@linkcode BlobStore} is set up. */
export interface BlobStoreOptions {
  /** Replaces how temporary files are written, so that tests can fill the disk. */
  readonly write?: WriteFile;
  /** Keeps every file; the folder holds those that were used here. */
  readonly archive?: BlobArchive;
}

const NAME = /^([0-9a-f]{64})\.([a-z0-9]{1,16})$/;
const NAMED = /\b[0-9a-f]{64}\.[a-z0-9]{1,16}\b/g;

/** What is in a folder; nothing where there is none. */
async function* entriesOf(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** How many files are remembered as intact. */
const REMEMBERED = 50_000;

/** A file that changed less than so many ms ago may change again and look the same: clocks of disks are coarse. */
const SETTLED = 2000;

/** The SHA-256 of a file, piece by piece: other work goes on in between. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const piece = new Uint8Array(1 << 20);
  for (let size; (size = await file.read(piece)) !== null;) hash.update(piece.subarray(0, size));
  return hash.digest("hex");
}

/** What a file looks like from outside: changes with its content. */
function signOf({ size, mtime, ino }: Deno.FileInfo): string {
  return `${size} ${mtime?.getTime()} ${ino}`;
}

/** The SHA-256 of bytes or text, as 64 hexadecimal digits. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Whether `name` has the form `<sha256>.<extension>`. */
export function isBlobName(name: string): boolean {
  return NAME.test(name);
}

/** The blobs that a text names, as JSON does. */
export function blobsIn(text: string): string[] {
  return text.match(NAMED) ?? [];
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
  readonly #options: BlobStoreOptions;
  /** What files looked like when they were found right. */
  readonly #intact = new Map<string, string>();
  #sources = new Map<string, BlobSource>();

  /** Opens the folder `home`; it is made when something is written. */
  constructor(home: string, options: BlobStoreOptions = {}) {
    this.home = home;
    this.#options = options;
  }

  /**
   * Stores bytes and returns their name. A damaged file of that name is replaced.
   *
   * @throws {StorageError} When the disk is full or cannot be written; no part of a file is left.
   * @throws {InputError} When `extension` is not 1–16 lower-case letters and digits.
   */
  async write(bytes: Uint8Array, extension: string): Promise<string> {
    const name = `${sha256(bytes)}.${extension}`;
    if (!await this.isIntact(name)) await this.#put(name, bytes);
    const { archive } = this.#options;
    if (archive && !await archive.has(name)) await archive.put(name, bytes);
    return name;
  }

  async #put(name: string, bytes: Uint8Array): Promise<void> {
    const extension = name.slice(65);
    await writeAtomic(this.path(name), bytes, {
      what: `a .${extension} file of ${bytes.length} bytes`,
      temporary: `${this.home}/partial/${crypto.randomUUID()}`,
      write: this.#options.write,
    });
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
    await this.fetch(name, options);
    try {
      bytes = await Deno.readFile(this.path(name));
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new StorageError(`Cannot read file ${name}: ${reasonOf(error)}`, { cause: error });
    }
    if (sha256(bytes) === name.slice(0, 64)) return bytes;
    // It may still look as it did when it was right.
    this.#intact.delete(name);
    if (this.#options.archive && await this.isIntact(name)) return await this.read(name);
    throw new StorageError(`Cannot read file ${name}: its content is damaged`);
  }

  /** Gets a blob that is kept elsewhere into the folder, where it is not there. */
  async fetch(name: string, options: BlobSourceOptions = {}): Promise<void> {
    const { archive } = this.#options;
    const source = this.#sources.get(name);
    if (!archive && !source || await this.#isHere(name)) return;
    const bytes = await archive?.get(name);
    if (bytes && sha256(bytes) === name.slice(0, 64)) await this.#put(name, bytes);
    else if (source) await this.#get(name, source, options);
  }

  async #isHere(name: string): Promise<boolean> {
    return await Deno.stat(this.path(name)).then((info) => info.isFile, () => false);
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
    return await this.#isHere(name) || await this.#options.archive?.has(name) === true;
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

  /** Whether a blob is got from elsewhere when it is first read. */
  isElsewhere(name: string): boolean {
    return this.#sources.has(name);
  }

  /** All blobs: of the archive, where there is one, else of the folder. */
  async *list(): AsyncGenerator<StoredBlob> {
    if (this.#options.archive) return yield* this.#options.archive.list();
    for await (const { name: start } of entriesOf(`${this.home}/sha256`)) {
      for await (const { name: rest } of entriesOf(`${this.home}/sha256/${start}`)) {
        const name = start + rest;
        const info = isBlobName(name) && await Deno.stat(this.path(name)).catch(() => undefined);
        if (info) yield { name, size: info.size, modified: info.mtime?.getTime() ?? 0 };
      }
    }
  }

  /** Deletes a blob; one that is not there is as good as deleted. @throws {StorageError} */
  async remove(name: string): Promise<void> {
    await this.#options.archive?.remove(name);
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

  /**
   * Whether a file of that name is there, with the content that it is named by; where it is not, it is got from the archive. One
   * that has not changed is read once, some seconds after it was stored.
   */
  async isIntact(name: string): Promise<boolean> {
    if (await this.#isIntactHere(name)) return true;
    if (!await this.#options.archive?.has(name)) return false;
    await Deno.remove(this.path(name)).catch(() => {});
    await this.fetch(name);
    return await this.#isIntactHere(name);
  }

  async #isIntactHere(name: string): Promise<boolean> {
    const path = this.path(name);
    try {
      const info = await Deno.stat(path);
      if (this.#intact.get(name) === signOf(info)) return true;
      if (await hashOf(path) !== name.slice(0, 64)) return false;
      if (this.#intact.size >= REMEMBERED) this.#intact.clear();
      if (!info.mtime || info.mtime.getTime() < Date.now() - SETTLED) {
        this.#intact.set(name, signOf(info));
      }
      return true;
    } catch {
      return false;
    }
  }
}
