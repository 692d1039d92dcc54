/** Stored files to hand out: whether one is what its name says is checked once, and apart from the thread that answers. */

import { StorageError } from "@countergrade/countergrade";
import type { BlobStore } from "@countergrade/countergrade/jobs";
import { BoundedCache } from "../bounded_cache.ts";
import type { ByteRange } from "./byte_range.ts";
import type { Content } from "./immutable.ts";

/** Up to this size a file is read, checked and sent as a whole; larger ones piece by piece. In bytes. */
const SMALL = 4_000_000;

/** How many characters of names and signs of checked files are remembered. */
const REMEMBERED = 2_000_000;

/** The files of a store. */
export class CheckedFiles {
  readonly #blobs: Pick<BlobStore, "path" | "fetch">;
  /** What a file looked like when it was found right. */
  readonly #checked = new BoundedCache<string>(REMEMBERED);
  readonly #checking = new Map<string, Promise<void>>();

  constructor(blobs: Pick<BlobStore, "path" | "fetch">) {
    this.#blobs = blobs;
  }

  /** The file of a name, or undefined when there is none. */
  async open(name: string): Promise<Content | undefined> {
    const path = this.#blobs.path(name);
    await this.#blobs.fetch(name);
    const info = await Deno.stat(path).catch(() => undefined);
    if (!info?.isFile) return undefined;
    const { size, mtime, ino } = info;
    const sign = `${size} ${mtime?.getTime()} ${ino}`;
    return {
      size,
      read: async (part) => {
        await this.#check(name, path, sign, size);
        return await partOf(path, part);
      },
    };
  }

  /** @throws {StorageError} When the content is another than the name says. */
  async #check(name: string, path: string, sign: string, size: number): Promise<void> {
    if (this.#checked.get(name) === sign) return;
    const key = `${name} ${sign}`;
    const checking = this.#checking.get(key) ?? this.#hash(name, path, size);
    this.#checking.set(key, checking);
    try {
      await checking;
      this.#checked.set(name, sign, key.length);
    } finally {
      this.#checking.delete(key);
    }
  }

  async #hash(name: string, path: string, size: number): Promise<void> {
    const hash = size <= SMALL ? await hashOf(path) : await hashApart(path);
    if (hash !== name.slice(0, 64)) {
      throw new StorageError(`Cannot read file ${name}: its content is damaged`);
    }
  }
}

/** The runtime's own digest runs on a thread of its own too, but wants all bytes at once. */
async function hashOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

async function hashApart(path: string): Promise<string> {
  const worker = new Worker(new URL("./hash_worker.ts", import.meta.url), {
    type: "module",
    name: "hash",
    deno: { permissions: { read: [path] } },
  });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<{ hash: string } | { error: string }>) =>
        "hash" in data ? resolve(data.hash) : reject(new StorageError(data.error));
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new StorageError(`Cannot check a file: ${event.message}`));
      };
      worker.postMessage(path);
    });
  } finally {
    worker.terminate();
  }
}

async function partOf(path: string, { start, end }: ByteRange): Promise<BodyInit> {
  const file = await Deno.open(path);
  await file.seek(start, Deno.SeekMode.Start);
  if (end - start > SMALL) return piecesOf(file, end - start);
  using closing = file;
  const bytes = new Uint8Array(end - start);
  for (let at = 0; at < bytes.length;) {
    const size = await closing.read(bytes.subarray(at));
    if (size === null) throw new StorageError("Cannot read a file: it has become shorter");
    at += size;
  }
  return bytes;
}

/** The next `left` bytes, as fast as they are taken. */
function piecesOf(file: Deno.FsFile, left: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const piece = new Uint8Array(Math.min(left, 1 << 18));
      const size = await file.read(piece);
      if (size === null) throw new StorageError("Cannot read a file: it has become shorter");
      controller.enqueue(piece.subarray(0, size));
      left -= size;
      if (left > 0) return;
      controller.close();
      file.close();
    },
    cancel: () => file.close(),
  }, { highWaterMark: 0 });
}
