/** Decoded images in a flat file, so that a data set of any size is read once and then costs no memory. */

import { reasonOf } from "../atomic_file.ts";
import { StorageError } from "../errors.ts";
import type { ImageShape } from "../image_shape.ts";
import { type Images, sizeOf } from "../tensor.ts";

/** One image of the cache: what its source said about it. */
export interface CachedImage<Item> {
  /** The number of the source that it came from, from 0. */
  readonly source: number;
  /** What the source said about it. */
  readonly item: Item;
}

/** A source that gave no image, or fewer than it should, and why. */
export interface SkippedSource {
  /** The number of the source, from 0. */
  readonly source: number;
  /** Why it gave none, fit to be shown. */
  readonly reason: string;
}

/** What a source gives: images `[n, c, h, w]` in [-1, 1] with something to remember about each. */
export interface SourceImages<Item> {
  /** `[n, c, h, w]`, each of the cache's shape. */
  readonly images: Images;
  /** What is to be remembered, one for each image. */
  readonly items: readonly Item[];
  /** Why further images of the source are missing, each fit to be shown. */
  readonly missing?: readonly string[];
}

/** An open cache. */
export interface ImageCache<Item> {
  /** All images, in the order of the sources; their places are the indices here. */
  readonly images: readonly CachedImage<Item>[];
  /** The sources that gave none, or fewer than they should. */
  readonly skipped: readonly SkippedSource[];
  /** Images `[n, c, h, w]` at the given places, with 16 bits of depth. */
  get(places: ArrayLike<number>): Promise<Images>;
}

/** How a cache is built. */
export interface ImageCacheOptions<Item> {
  /** Where files are kept; without it the images stay in memory. */
  readonly folder?: string;
  /** Changes when the sources or their treatment do; letters, digits, `-` and `_`. */
  readonly key: string;
  /** `[c, h, w]`, of volumes `[c, d, h, w]`. */
  readonly imageShape: ImageShape;
  /** How many sources there are. */
  readonly sources: number;
  /** Reads one source. What it throws as `FormatError` is remembered as the reason why the source was skipped. */
  read(source: number): Promise<SourceImages<Item> | { readonly skipped: string }>;
  /** Sources that are read at the same time. */
  readonly atOnce?: number;
  /** Ends the building before the next source. */
  readonly signal?: AbortSignal;
  /** Called as sources are done, with the number of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

interface Facts<Item> {
  readonly images: CachedImage<Item>[];
  readonly skipped: SkippedSource[];
}

/** The greatest size of all caches of a folder together, in bytes: 64 GiB. The least recently used go first. */
const MAX_CACHES = 64 * 2 ** 30;

/**
 * Opens the cache of `key`, and builds it first where there is none or it is damaged. Two processes that want the same
 * one do not build it twice: the second waits.
 *
 * @throws {StorageError} When the folder cannot be written.
 */
export async function openImageCache<Item>(
  options: ImageCacheOptions<Item>,
): Promise<ImageCache<Item>> {
  const { folder, key, imageShape } = options;
  const size = sizeOf(imageShape);
  if (folder === undefined) return await inMemory(options, size);
  const path = `${folder}/${key}`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    using lock = await Deno.open(`${path}.lock`, { write: true, create: true });
    await lock.lock(true);
    let facts = await storedFacts<Item>(path, size);
    if (!facts) {
      facts = await build(path, options, size);
      await evict(folder, key);
    }
    await Deno.utime(`${path}.images`, new Date(), new Date()).catch(() => {});
    return { ...facts, get: (places) => readRows(path, places, imageShape) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || isDiskError(error))) throw error;
    throw new StorageError(`Cannot keep decoded images in "${folder}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function isDiskError(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.AlreadyExists ||
    error instanceof Error && "code" in error && error.code === "ENOSPC";
}

/** [-1, 1] to 0 … 65535, what is no number to 0. A plain loop: `Uint16Array.from` takes a hundred times as long. */
function packed({ data }: Images): Uint16Array<ArrayBuffer> {
  const words = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const x = data[i];
    words[i] = x > -1 ? Math.round((Math.min(1, x) + 1) * 32_767.5) : 0;
  }
  return words;
}

function unpack(words: Uint16Array, out: Float32Array, at: number): void {
  for (let i = 0; i < words.length; i++) out[at + i] = words[i] / 32_767.5 - 1;
}

/** Reads all sources, several at once, and hands their rows over in the order of the sources. */
async function readAll<Item>(
  { sources, read, atOnce = 1, signal, onProgress }: ImageCacheOptions<Item>,
  write: (rows: Uint16Array<ArrayBuffer>) => void,
): Promise<Facts<Item>> {
  const facts: Facts<Item> = { images: [], skipped: [] };
  const ahead: Promise<SourceImages<Item> | { readonly skipped: string }>[] = [];
  try {
    for (let source = 0; source < sources; source++) {
      for (let next = source + ahead.length; next < Math.min(sources, source + atOnce); next++) {
        const reading = read(next);
        // Seen below, in its turn.
        reading.catch(() => {});
        ahead.push(reading);
      }
      signal?.throwIfAborted();
      const result = await ahead.shift()!;
      if ("skipped" in result) {
        facts.skipped.push({ source, reason: result.skipped });
      } else {
        write(packed(result.images));
        for (const item of result.items) facts.images.push({ source, item });
        for (const reason of result.missing ?? []) facts.skipped.push({ source, reason });
      }
      onProgress?.(source + 1, sources);
    }
  } finally {
    await Promise.allSettled(ahead);
  }
  return facts;
}

async function inMemory<Item>(
  options: ImageCacheOptions<Item>,
  size: number,
): Promise<ImageCache<Item>> {
  const rows: Uint16Array[] = [];
  const facts = await readAll(options, (words) => {
    for (let at = 0; at < words.length; at += size) rows.push(words.subarray(at, at + size));
  });
  return {
    ...facts,
    // async, so that errors come as rejections
    // deno-lint-ignore require-await
    get: async (places) => {
      const out = new Float32Array(places.length * size);
      Array.from(places, (place, i) => unpack(rows[place], out, i * size));
      return { shape: [places.length, ...options.imageShape], data: out };
    },
  };
}

async function build<Item>(
  path: string,
  options: ImageCacheOptions<Item>,
  size: number,
): Promise<Facts<Item>> {
  const part = `${path}.part`;
  try {
    let facts: Facts<Item>;
    {
      using file = await Deno.open(part, { write: true, create: true, truncate: true });
      facts = await readAll(options, (words) => {
        let bytes = new Uint8Array(words.buffer);
        while (bytes.length) bytes = bytes.subarray(file.writeSync(bytes));
      });
      await file.sync();
    }
    const head = { bytes: facts.images.length * size * 2, ...facts };
    await Deno.rename(part, `${path}.images`);
    await Deno.writeTextFile(`${path}.json.part`, JSON.stringify(head));
    await Deno.rename(`${path}.json.part`, `${path}.json`);
    return facts;
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}

/** What is known about a whole cache, or undefined. */
async function storedFacts<Item>(path: string, size: number): Promise<Facts<Item> | undefined> {
  try {
    const { bytes, images, skipped } = JSON.parse(await Deno.readTextFile(`${path}.json`));
    const there = await Deno.stat(`${path}.images`);
    const whole = bytes === there.size && bytes === images.length * size * 2;
    return whole && Array.isArray(skipped) ? { images, skipped } : undefined;
  } catch {
    return undefined;
  }
}

async function readRows(
  path: string,
  places: ArrayLike<number>,
  imageShape: ImageShape,
): Promise<Images> {
  const size = sizeOf(imageShape);
  const out = new Float32Array(places.length * size);
  const words = new Uint16Array(size);
  const bytes = new Uint8Array(words.buffer);
  try {
    using file = await Deno.open(`${path}.images`);
    for (let i = 0; i < places.length; i++) {
      file.seekSync(places[i] * bytes.length, Deno.SeekMode.Start);
      let filled = 0;
      while (filled < bytes.length) {
        const count = file.readSync(bytes.subarray(filled));
        if (!count) throw new StorageError("The file of decoded images is cut off");
        filled += count;
      }
      unpack(words, out, i * size);
    }
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw new StorageError(`Cannot read decoded images: ${reasonOf(error)}`, { cause: error });
  }
  return { shape: [places.length, ...imageShape], data: out };
}

/** Removes the least recently used caches beyond the limit, never the one just built. */
async function evict(folder: string, keep: string): Promise<void> {
  const caches: { key: string; size: number; used: number }[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".images")) continue;
    const { size, mtime } = await Deno.stat(`${folder}/${name}`);
    caches.push({ key: name.slice(0, -7), size, used: mtime?.getTime() ?? 0 });
  }
  let total = caches.reduce((sum, { size }) => sum + size, 0);
  for (const { key, size } of caches.sort((a, b) => a.used - b.used)) {
    if (total <= MAX_CACHES) return;
    if (key === keep) continue;
    for (const part of ["json", "images"]) {
      await Deno.remove(`${folder}/${key}.${part}`).catch(() => {});
    }
    total -= size;
  }
}
