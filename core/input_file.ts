/** Files that a client names: only what lies inside the configured folders. */

import type { DatasetContext } from "./dataset.ts";
import { InputError, NotFoundError } from "./errors.ts";

/**
 * Reads a file by its name inside one of the data folders, or by path where the caller is trusted.
 *
 * @throws {InputError} When the name is absolute, climbs out of the folder, or holds a NUL.
 * @throws {NotFoundError} When no folder has it.
 */
export async function readInputFile(name: string, context: DatasetContext): Promise<Uint8Array> {
  if (!context.trusted && !staysInside(name)) {
    throw new InputError(
      `Cannot read "${name}": expected the name of a file inside a data folder`,
      ["file"],
    );
  }
  const path = await findInputFile(name, context);
  if (path === undefined) throw new NotFoundError("file", name);
  return await readOrThrow(path, name);
}

/** A text that changes when the file does: size and time. Empty when there is no such file. */
export async function inputFileVersion(name: string, context: DatasetContext): Promise<string> {
  const path = await findInputFile(name, context);
  const info = path === undefined ? undefined : await Deno.stat(path).catch(() => undefined);
  return info ? `${info.size} bytes of ${info.mtime?.toISOString()}` : "";
}

async function findInputFile(name: string, context: DatasetContext): Promise<string | undefined> {
  if (context.trusted) return name;
  if (!staysInside(name)) return undefined;
  for (const root of context.roots) {
    const path = await Deno.realPath(`${root}/${name}`).catch(() => undefined);
    if (path?.startsWith(`${root}/`)) return path;
  }
  return undefined;
}

function staysInside(name: string): boolean {
  return name !== "" && !name.includes("\0") && !name.startsWith("/") &&
    !/(^|[\\/])\.\.([\\/]|$)/.test(name);
}

async function readOrThrow(path: string, name: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new NotFoundError("file", name);
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`Cannot read "${name}": ${reason}`, ["file"], { cause: error });
  }
}
