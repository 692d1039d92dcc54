/** Files that are fetched when they are needed: of a known size and checksum, resumed where an earlier attempt ended. */

import { sha256 } from "./blobs.ts";
import { FormatError, InputError, StorageError } from "./errors.ts";

/** A file on the web. */
export interface RemoteFile {
  /** `https:`, or `http:` on this machine. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** How a file is fetched. */
export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Called when another percent is there; both in bytes. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Give up after so many ms without a byte; default 30 s. */
  readonly patience?: number;
}

const PATIENCE = 30_000;

/**
 * Fetches a file into `part` and returns its bytes once size and checksum are right. What an interrupted attempt has left in
 * `part` is kept and gone on from; the caller removes `part` when it has put the bytes where they belong. A second process that wants
 * the same part waits for the first.
 *
 * @throws {StorageError} When it cannot be fetched: no permission, no answer, an HTTP status, an early end.
 * @throws {FormatError} When it is larger than it should be, or has another checksum; nothing of it is kept.
 * @throws {InputError} When the address is neither `https:` nor on this machine.
 */
export async function fetchFile(
  file: RemoteFile,
  part: string,
  options: FetchOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkAddress(file.url);
  await Deno.mkdir(part.slice(0, part.lastIndexOf("/")), { recursive: true });
  using disk = await Deno.open(part, { read: true, write: true, create: true });
  await disk.lock(true);
  const { size } = await disk.stat();
  if (size > file.size) await disk.truncate(0);
  if (size !== file.size) await download(file, disk, size > file.size ? 0 : size, options);
  const bytes = new Uint8Array(file.size);
  await disk.seek(0, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) at += await disk.read(bytes.subarray(at)) ?? bytes.length;
  if (sha256(bytes) === file.sha256) return bytes;
  await disk.truncate(0);
  throw new FormatError(
    `Cannot use ${file.url}: expected SHA-256 ${file.sha256}, it is ${sha256(bytes)}`,
  );
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
  let timer = wait();
  try {
    const response = await fetch(file.url, {
      headers: { "accept-encoding": "identity", ...from ? { range: `bytes=${from}-` } : {} },
      signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
    });
    let done = startOf(response, from, file);
    await disk.truncate(done);
    await disk.seek(done, Deno.SeekMode.Start);
    let percent = -1;
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = wait();
      done += chunk.length;
      if (done > file.size) {
        await disk.truncate(0);
        throw new FormatError(`Cannot use ${file.url}: it is larger than ${file.size} bytes`);
      }
      for (let at = 0; at < chunk.length;) at += await disk.write(chunk.subarray(at));
      const now = Math.floor(100 * done / file.size);
      if (now > percent) onProgress?.(done, file.size);
      percent = Math.max(percent, now);
    }
    if (done === file.size) return;
    throw new StorageError(
      `Cannot fetch ${file.url}: it ended after ${done} of ${file.size} bytes; the next attempt goes on from there`,
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw known(error) ? error : failure(file.url, stalled.signal.aborted ? "no answer" : error);
  } finally {
    clearTimeout(timer);
  }
}

/** Where the answer's bytes belong: at `from`, or at the start when the server does not resume. */
function startOf(response: Response, from: number, { url }: RemoteFile): number {
  if (response.status === 200) return 0;
  const range = response.headers.get("content-range") ?? "";
  if (response.status === 206 && from && range.startsWith(`bytes ${from}-`)) return from;
  response.body?.cancel().catch(() => {});
  throw failure(url, `HTTP status ${response.status}`);
}

function known(error: unknown): boolean {
  return error instanceof StorageError || error instanceof FormatError;
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
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(`Cannot fetch ${url}: ${reason}`, { cause });
}
