/** Files read in parts: what a large checkpoint needs, of which only some parts are wanted. */

import { FormatError } from "./errors.ts";

/** Bytes that can be read from any place. */
export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes `start` to `end` (exclusive). They may be a view on shared memory: never change them.
   *
   * @throws {FormatError} When the range does not lie within the source.
   */
  read(start: number, end: number): Uint8Array;
}

/**
 * Bytes in memory as a source; what is read are views.
 *
 * @example
 * ```ts
 * import { bytesSource } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...bytesSource(Uint8Array.of(5, 6, 7)).read(1, 3)], [6, 7]);
 * ```
 */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(start, end) {
      checkRange(start, end, bytes.length);
      return bytes.subarray(start, end);
    },
  };
}

/** An open file as a source. Each read makes new bytes; nothing is kept. */
export class FileSource implements ByteSource, Disposable {
  readonly size: number;
  #file: Deno.FsFile;

  private constructor(file: Deno.FsFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Opens a file. @throws {Deno.errors.NotFound | Deno.errors.PermissionDenied} As the system says. */
  static async open(path: string): Promise<FileSource> {
    const file = await Deno.open(path);
    const { size, isFile } = await file.stat();
    if (isFile) return new FileSource(file, size);
    file.close();
    throw new FormatError(`Cannot read "${path}": expected a file, not a folder or device`);
  }

  read(start: number, end: number): Uint8Array {
    checkRange(start, end, this.size);
    const bytes = new Uint8Array(end - start);
    this.#file.seekSync(start, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      const count = this.#file.readSync(bytes.subarray(at));
      if (count === null) {
        throw new FormatError("Cannot read the file: it was cut while being read");
      }
      at += count;
    }
    return bytes;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** @throws {FormatError} When a range does not lie within a source. */
export function checkRange(start: number, end: number, size: number): void {
  if (start >= 0 && start <= end && end <= size) return;
  throw new FormatError(`Cannot read bytes ${start} to ${end}: there are ${size}`);
}
