/** Files that are either whole or absent: written under a temporary name, synced, then renamed. */

import { StorageError } from "./errors.ts";

/** Writes bytes to a path that may exist and returns when they are on the disk. */
export type WriteFile = (path: string, bytes: Uint8Array) => Promise<void>;

/** Writes a file and syncs it. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (let offset = 0; offset < bytes.length;) {
    offset += await file.write(bytes.subarray(offset));
  }
  await file.sync();
}

/**
 * Writes a file so that readers see the old content or the new, never a part. Folders are made as needed.
 *
 * `temporary` must lie in the same file system; by default it is `<path>.part`, for files with one writer at a time.
 *
 * @throws {StorageError} Naming `what` when the disk is full or the folder cannot be written; nothing is left behind.
 */
export async function writeAtomic(
  path: string,
  bytes: Uint8Array,
  options: { what?: string; temporary?: string; write?: WriteFile } = {},
): Promise<void> {
  const { what = "file", temporary = `${path}.part`, write = writeSynced } = options;
  try {
    await inFolder(temporary, () => write(temporary, bytes));
    await inFolder(path, () => Deno.rename(temporary, path));
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw new StorageError(`Cannot write ${what}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Does what makes a file; where its folder is missing, makes that first. */
async function inFolder(path: string, make: () => Promise<void>): Promise<void> {
  await make().catch(async (error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(folderOf(path), { recursive: true });
    await make();
  });
}

/** Why a file operation failed, in words without paths. */
export function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string" && code in REASONS) return REASONS[code];
  return error instanceof Error ? error.name : String(error);
}

const REASONS: Record<string, string> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "the file does not exist",
  EISDIR: "there is a folder of that name",
  ENOTDIR: "a part of its path is not a folder",
};

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"))) || ".";
}
