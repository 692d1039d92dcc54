/** Files that are fetched when they are needed: of a known checksum, resumed where an earlier attempt ended. */

import { createHash } from "node:crypto";
import { FormatError, InputError, StorageError } from "../errors.ts";
import { chunksOf } from "../response_body.ts";

/** A file on the web, with one checksum: what it is checked against. */
export type RemoteFile =
  & {
    /** `https:`, or `http:` on this machine. */
    readonly url: string;
  }
  & (
    /** Bytes. */
    | { readonly size: number; readonly most?: undefined }
    /** Where the size is not known: the most bytes that are taken. */
    | { readonly size?: undefined; readonly most: number }
  )
  & (
    /** 64 hexadecimal digits. */
    | { readonly sha256: string; readonly md5?: undefined }
    /** 32 hexadecimal digits: against damage, not against forgery. */
    | { readonly sha256?: undefined; readonly md5: string }
  );

/** How a file is fetched. */
export interface FetchOptions {
  /** Ends the fetching; what came so far stays, and the next attempt goes on from it. */
  readonly signal?: AbortSignal;
  /** Called when another percent is there; both in bytes. Where nobody tells the size, `total` is the most it may be. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Give up after so many ms without a byte; default 30 s. */
  readonly patience?: number;
}

const PATIENCE = 30_000;
/** Redirects that are followed. */
const MOST_REDIRECTS = 5;
/** Bytes that are read at once when a file is checked. */
const CHUNK = 2 ** 20;

/**
 * Fetches a file into `part` and returns its bytes once size and checksum are right. What an interrupted attempt has left in
 * `part` is kept and gone on from; the caller removes `part` when it has put the bytes where they belong. A second process that wants
 * the same part waits for the first.
 *
 * @throws {StorageError} When it cannot be fetched: no permission, no answer, an HTTP status, an early end.
 * @throws {FormatError} When it is larger than it should be, or has another checksum; nothing of it is kept.
 * @throws {InputError} When the address, or one it is redirected to, is neither `https:` nor on this machine.
 */
export async function fetchFile(
  file: RemoteFile,
  part: string,
  options: FetchOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  using disk = await fetched(file, part, options);
  const bytes = new Uint8Array((await disk.stat()).size);
  await disk.seek(0, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) at += await disk.read(bytes.subarray(at)) ?? bytes.length;
  return bytes;
}

/**
 * Fetches a file of any size to `path`, which is there whole and checked, or not at all; memory does not grow with the file.
 * `<path>.part` keeps what an interrupted attempt has got. Where `path` exists and has the checksum, nothing is fetched.
 *
 * @returns Bytes, and whether they were there already.
 * @throws As {@linkcode fetchFile}.
 */
export async function downloadFile(
  file: RemoteFile,
  path: string,
  options: FetchOptions = {},
): Promise<{ size: number; present: boolean }> {
  const there = await checked(file, path, options.signal);
  if (there !== undefined) return { size: there, present: true };
  const part = `${path}.part`;
  using disk = await fetched(file, part, options);
  await disk.sync();
  const { size } = await disk.stat();
  await Deno.rename(part, path).catch(async (error) => {
    // Another process had the same part, and has put it there.
    if (await checked(file, path, options.signal) === undefined) throw error;
  });
  return { size, present: false };
}

/** The size of a file that has the right checksum, or undefined. */
async function checked(file: RemoteFile, path: string, signal?: AbortSignal) {
  const info = await Deno.stat(path).catch(() => undefined);
  if (!info?.isFile) return undefined;
  using disk = await Deno.open(path, { read: true });
  return await checksumOf(file, disk, signal) === wanted(file)[1] ? info.size : undefined;
}

/** The open, locked file `part` with all bytes in it, checked. */
async function fetched(
  file: RemoteFile,
  part: string,
  options: FetchOptions,
): Promise<Deno.FsFile> {
  checkAddress(file.url);
  await Deno.mkdir(part.slice(0, part.lastIndexOf("/")), { recursive: true });
  const disk = await Deno.open(part, { read: true, write: true, create: true });
  try {
    await disk.lock(true);
    const most = file.size ?? file.most;
    const { size } = await disk.stat();
    if (size > most) await disk.truncate(0);
    if (size !== file.size) await download(file, disk, size > most ? 0 : size, options);
    const [name, expected] = wanted(file);
    const found = await checksumOf(file, disk, options.signal);
    if (found === expected) return disk;
    await disk.truncate(0);
    throw new FormatError(`Cannot use ${file.url}: expected ${name} ${expected}, it is ${found}`);
  } catch (error) {
    disk.close();
    throw error;
  }
}

/** The name of the checksum, and what it should be. */
function wanted({ sha256, md5 }: RemoteFile): [name: string, hex: string] {
  return sha256 === undefined ? ["MD5", md5.toLowerCase()] : ["SHA-256", sha256.toLowerCase()];
}

async function checksumOf(
  { sha256 }: RemoteFile,
  disk: Deno.FsFile,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(sha256 === undefined ? "md5" : "sha256");
  const chunk = new Uint8Array(CHUNK);
  await disk.seek(0, Deno.SeekMode.Start);
  for (let count; (count = await disk.read(chunk));) {
    signal?.throwIfAborted();
    hash.update(chunk.subarray(0, count));
  }
  return hash.digest("hex");
}

function checkAddress(url: string): void {
  const { protocol, hostname } = new URL(url);
  const here = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname);
  if (protocol === "https:" || (protocol === "http:" && here)) return;
  throw new InputError(`Cannot fetch ${url}: expected an address that starts with https://`);
}

/** Appends what is missing from byte `from` on. */
async function download(
  file: RemoteFile,
  disk: Deno.FsFile,
  from: number,
  { signal, onProgress, patience = PATIENCE }: FetchOptions,
): Promise<void> {
  const stalled = new AbortController();
  const wait = () => setTimeout(() => stalled.abort(new Error("no answer")), patience);
  const most = file.size ?? file.most;
  const ended = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  let timer = wait();
  try {
    const response = await follow(file.url, {
      headers: { "accept-encoding": "identity", ...from ? { range: `bytes=${from}-` } : {} },
      signal: ended,
    });
    if (await isAllThere(response, from, disk)) return;
    let done = startOf(response, from, file);
    const total = file.size ?? sizeOf(response, done);
    if (total !== undefined && total > most) await tooLarge(file, disk);
    await disk.truncate(done);
    await disk.seek(done, Deno.SeekMode.Start);
    let percent = -1;
    for await (const chunk of chunksOf(response, ended)) {
      clearTimeout(timer);
      timer = wait();
      done += chunk.length;
      if (done > most) await tooLarge(file, disk);
      for (let at = 0; at < chunk.length;) at += await disk.write(chunk.subarray(at));
      const now = Math.floor(100 * done / (total ?? most));
      if (now > percent) onProgress?.(done, total ?? most);
      percent = Math.max(percent, now);
    }
    if (total === undefined || done === total) return;
    throw new StorageError(
      `Cannot fetch ${file.url}: it ended after ${done} of ${total} bytes; the next attempt goes on from there`,
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw known(error) ? error : failure(file.url, stalled.signal.aborted ? "no answer" : error);
  } finally {
    clearTimeout(timer);
  }
}

/** Fetches, and goes where the server sends, each address checked. */
async function follow(url: string, init: RequestInit): Promise<Response> {
  for (let times = 0; times <= MOST_REDIRECTS; times++) {
    const response = await fetch(url, { ...init, redirect: "manual" }).catch((error) => {
      throw error instanceof Deno.errors.NotCapable ? failure(url, error) : error;
    });
    const location = response.headers.get("location");
    if (location === null || !REDIRECTS.has(response.status)) return response;
    await response.body?.cancel();
    url = new URL(location, url).href;
    checkAddress(url);
  }
  throw new StorageError(`Cannot fetch ${url}: it was redirected ${MOST_REDIRECTS} times before`);
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

async function tooLarge({ url, size, most }: RemoteFile, disk: Deno.FsFile): Promise<never> {
  await disk.truncate(0);
  throw new FormatError(`Cannot use ${url}: it is larger than ${size ?? most} bytes`);
}

/** Whether nothing is missing: an attempt of unknown size may have ended before it was checked. */
async function isAllThere(response: Response, from: number, disk: Deno.FsFile): Promise<boolean> {
  if (response.status !== 416 || !from) return false;
  await response.body?.cancel();
  if (response.headers.get("content-range") === `bytes */${from}`) return true;
  await disk.truncate(0);
  return false;
}

/** Where the answer's bytes belong: at `from`, or at the start when the server does not resume. */
function startOf(response: Response, from: number, { url }: RemoteFile): number {
  if (response.status === 200) return 0;
  const range = response.headers.get("content-range") ?? "";
  if (response.status === 206 && from && range.startsWith(`bytes ${from}-`)) return from;
  response.body?.cancel().catch(() => {});
  throw failure(url, `HTTP status ${response.status}`);
}

/** The size of the whole file, where the server tells it. */
function sizeOf({ headers }: Response, from: number): number | undefined {
  const length = headers.get("content-length");
  return length === null ? undefined : from + Number(length);
}

function known(error: unknown): boolean {
  return error instanceof StorageError || error instanceof FormatError ||
    error instanceof InputError;
}

function failure(url: string, cause: unknown): StorageError {
  if (cause instanceof Deno.errors.NotCapable) {
    return new StorageError(
      `Cannot fetch ${url}: allow it with --allow-net=${
        new URL(url).host
      }, or fetch it yourself and name its folder`,
      { cause },
    );
  }
  return new StorageError(`Cannot fetch ${url}: ${causesOf(cause)}`, { cause });
}

/** The messages of an error and of what caused it: "fetch failed" alone says little. */
function causesOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error
    ? `${error.message}: ${causesOf(error.cause)}`
    : error.message;
}
