/** Zip archives, entry by entry: the container of `.npz` files and PyTorch checkpoints. */

import { crc32 } from "node:zlib";
import { zipSync } from "fflate";
import { type ByteSource, bytesSource } from "../byte_source.ts";
import { FormatError } from "../errors.ts";
import { inflate, mostInflated } from "./inflate.ts";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot read the zip archive");

/** The most bytes that an archive may expand to unless the caller says otherwise: 4 GiB. */
export const defaultExpandedLimit = 2 ** 32;

/** How a zip archive is opened. */
export interface ZipOptions {
  /** The most bytes that all entries together may expand to, by the archive's own directory; 4 GiB by default. */
  readonly limit?: number;
  /** Whether entries are compared with their stored CRC-32; true by default. */
  readonly checksum?: boolean;
}

/** An open archive. Nothing is expanded before it is asked for, and nothing is kept. */
export interface ZipArchive {
  /** The entries in the order of the directory. */
  readonly names: readonly string[];
  /**
   * The bytes of an entry: for a stored one as the source gives them (a view on bytes in memory), for a deflated one a
   * new array.
   *
   * @throws {FormatError} When there is no such entry or it is damaged.
   */
  get(name: string): Uint8Array;
  /**
   * The bytes of an entry one after the other, for entries that do not fit into memory.
   *
   * @throws {FormatError} As `get`, some of it only when the damage is reached.
   */
  chunks(name: string): AsyncGenerator<Uint8Array>;
  /** The expanded size of an entry, by the directory; undefined where there is none. */
  sizeOf(name: string): number | undefined;
  /** The CRC-32 of an entry's content, by the directory; undefined where there is none. */
  crcOf(name: string): number | undefined;
}

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const stored = 0;
const deflated = 8;

/**
 * Opens a zip archive (stored and deflated entries, zip64). Of a file only the directory is read, and later the entries
 * that are asked for.
 *
 * @throws {FormatError} When the directory is missing or damaged, or the entries would expand beyond the limit.
 */
export function openZip(
  archive: Uint8Array | ByteSource,
  { limit = defaultExpandedLimit, checksum = true }: ZipOptions = {},
): ZipArchive {
  const source = archive instanceof Uint8Array ? bytesSource(archive) : archive;
  const entries = new Map<string, Entry>();
  let total = 0;
  for (const entry of readDirectory(source)) {
    if (entries.has(entry.name)) throw refused(`the entry "${entry.name}" occurs twice`);
    entries.set(entry.name, entry);
    total += entry.size;
    if (total > limit) throw refused(`it would expand beyond the limit of ${limit} bytes`);
  }
  const entryOf = (name: string): Entry => {
    const entry = entries.get(name);
    if (!entry) throw refused(`there is no entry "${name}"`);
    return entry;
  };
  const check = ({ name, crc }: Entry, found: number) => {
    if (checksum && found !== crc) throw refused(`the checksum of entry "${name}" does not match`);
  };
  return {
    names: [...entries.keys()],
    sizeOf: (name) => entries.get(name)?.size,
    crcOf: (name) => entries.get(name)?.crc,
    get(name) {
      const entry = entryOf(name);
      const content = expand(source, entry);
      if (checksum) check(entry, crc32(content));
      return content;
    },
    async *chunks(name) {
      const entry = entryOf(name);
      let [size, crc] = [0, 0];
      for await (const chunk of expandedChunks(source, entry)) {
        size += chunk.length;
        if (size > entry.size) break;
        crc = crc32(chunk, crc);
        yield chunk;
      }
      if (size !== entry.size) throw refused(`entry "${name}": expected ${entry.size} bytes`);
      check(entry, crc);
    },
  };
}

/** Makes an archive whose bytes depend on names and contents only. Entries are deflated on request. */
export function writeZip(
  files: ReadonlyMap<string, Uint8Array>,
  { compress = false }: { compress?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  // The format stores local time; a date made from local parts is the same in every zone.
  return zipSync(Object.fromEntries(files), {
    level: compress ? 6 : 0,
    mtime: new Date(1980, 0, 1),
  });
}

/** Bytes of an archive that are read at once: 64 KiB, which expand to 66 MiB at the very most. */
const CHUNK = 2 ** 16;

async function* expandedChunks(source: ByteSource, entry: Entry): AsyncGenerator<Uint8Array> {
  const { start, isStored } = locate(source, entry);
  const end = start + entry.packed;
  const packed = function* (): Generator<Uint8Array<ArrayBuffer>> {
    for (let at = start; at < end; at += CHUNK) {
      yield source.read(at, Math.min(end, at + CHUNK)).slice();
    }
  };
  if (isStored) return yield* packed();
  const stream = ReadableStream.from(packed()).pipeThrough(new DecompressionStream("deflate-raw"));
  try {
    yield* stream;
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw refused(`entry "${entry.name}" cannot be inflated`, error);
  }
}

function expand(source: ByteSource, entry: Entry): Uint8Array {
  const { start, isStored } = locate(source, entry);
  const content = source.read(start, start + entry.packed);
  return isStored ? content : expanded(entry.name, content, entry.size);
}

/** Where the packed bytes of an entry begin, and whether they are as they are. */
function locate(source: ByteSource, entry: Entry): { start: number; isStored: boolean } {
  const { name, offset, packed, size } = entry;
  const header = offset + 30 <= source.size ? viewOf(source.read(offset, offset + 30)) : undefined;
  if (header?.getUint32(0, true) !== 0x04034b50) {
    throw refused(`entry "${name}" has no header where the directory says`);
  }
  const start = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + packed > source.size) throw refused(`entry "${name}" is truncated`);
  if (entry.flags & 1) throw refused(`entry "${name}" is encrypted`);
  const isStored = entry.method === stored && packed === size;
  if (!isStored && entry.method !== deflated) {
    throw refused(`entry "${name}": expected it stored or deflated, its method is ${entry.method}`);
  }
  return { start, isStored };
}

function expanded(name: string, content: Uint8Array, size: number): Uint8Array {
  if (size > mostInflated(content.length)) {
    throw refused(`entry "${name}" cannot expand to ${size} bytes`);
  }
  let out: Uint8Array | undefined;
  try {
    out = inflate(content, size, { raw: true });
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw refused(`entry "${name}" cannot be inflated`, error);
    }
  }
  if (out?.length === size) return out;
  throw refused(`entry "${name}": expected ${size} bytes, got ${out?.length ?? "more"}`);
}

function* readDirectory(source: ByteSource): Generator<Entry> {
  const { count, start, size: end } = findDirectory(source);
  const bytes = source.read(start, start + end);
  const view = viewOf(bytes);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) {
      throw refused(`entry ${i} of its directory is damaged`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > end) throw refused(`entry ${i} of its directory is truncated`);
    const extra = at + 46 + nameLength;
    yield {
      name: new TextDecoder().decode(bytes.subarray(at + 46, extra)),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...readSizes(view, at, extra, extra + extraLength),
    };
    at = next;
  }
}

/** Sizes and offset of a directory entry; those that are all ones stand in its zip64 field, in this order. */
function readSizes(view: DataView, at: number, extra: number, end: number) {
  const fields = [at + 24, at + 20, at + 42].map((field) => view.getUint32(field, true));
  if (fields.includes(0xffffffff)) {
    let wide = findZip64(view, extra, end);
    for (let i = 0; i < 3; i++) {
      if (fields[i] !== 0xffffffff) continue;
      if (wide + 8 > end) throw refused("a zip64 field is missing");
      fields[i] = Number(view.getBigUint64(wide, true));
      wide += 8;
    }
  }
  const [size, packed, offset] = fields;
  return { size, packed, offset };
}

function findZip64(view: DataView, extra: number, end: number): number {
  while (extra + 4 <= end) {
    if (view.getUint16(extra, true) === 1) return extra + 4;
    extra += 4 + view.getUint16(extra + 2, true);
  }
  return end;
}

/** The end record is the last 22 bytes plus a comment; its zip64 locator, if any, stands right before it. */
function findDirectory(source: ByteSource): { count: number; start: number; size: number } {
  const from = Math.max(0, source.size - 22 - 0xffff - 20);
  const bytes = source.read(from, source.size);
  const view = viewOf(bytes);
  const last = bytes.length - 22;
  let at = last;
  while (
    at >= 0 &&
    (view.getUint32(at, true) !== 0x06054b50 || at + view.getUint16(at + 20, true) !== last)
  ) {
    at = at > last - 0xffff ? at - 1 : -1;
  }
  if (at < 0) throw refused("it has no directory: not a zip archive, or truncated");
  const isWide = at >= 20 && view.getUint32(at - 20, true) === 0x07064b50;
  const { count, size, start } = isWide
    ? readZip64End(source, Number(view.getBigUint64(at - 12, true)))
    : {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    };
  if (start + size > from + at) throw refused("its directory is truncated");
  return { count, start, size };
}

function readZip64End(source: ByteSource, at: number) {
  const record = at + 56 <= source.size ? viewOf(source.read(at, at + 56)) : undefined;
  if (record?.getUint32(0, true) !== 0x06064b50) throw refused("its zip64 directory is damaged");
  return {
    count: Number(record.getBigUint64(32, true)),
    size: Number(record.getBigUint64(40, true)),
    start: Number(record.getBigUint64(48, true)),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
