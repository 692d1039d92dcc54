/** Files that a client names: only what lies inside the configured folders. */

import { FileSource } from "../byte_source.ts";
import { FormatError, InputError, NotFoundError } from "../errors.ts";

/** Where the files that a client names are looked for. */
export interface InputFolders {
  /** Absolute real paths. */
  readonly roots: readonly string[];
  /** The caller owns this machine (the CLI): files outside the roots may be named by path. */
  readonly trusted?: boolean;
}

/**
 * Reads a file by path where the caller is trusted, or by its name inside one of the data folders.
 *
 * @throws {InputError} When the name is absolute, climbs out of the folder, or holds a NUL.
 * @throws {NotFoundError} When no folder has it.
 */
export async function readInputFile(name: string, context: InputFolders): Promise<Uint8Array> {
  return await atInputFile(name, context, (path) => Deno.readFile(path));
}

/** Opens a file as {@linkcode readInputFile} finds it, to be read in parts. */
export async function openInputFile(name: string, context: InputFolders): Promise<FileSource> {
  return await atInputFile(name, context, (path) => FileSource.open(path));
}

async function atInputFile<T>(
  name: string,
  context: InputFolders,
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (!context.trusted && !staysInside(name)) {
    throw new InputError(
      `Cannot read "${name}": expected the name of a file inside a data folder`,
      ["file"],
    );
  }
  const path = await findInputFile(name, context);
  if (path === undefined) throw new NotFoundError("file", name);
  try {
    return await use(path);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    if (error instanceof Deno.errors.NotFound) throw new NotFoundError("file", name);
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`Cannot read "${name}": ${reason}`, ["file"], { cause: error });
  }
}

/** A text that changes when the file does: size and time. Empty when there is no such file. */
export async function inputFileVersion(name: string, context: InputFolders): Promise<string> {
  const path = await findInputFile(name, context);
  const info = path === undefined ? undefined : await Deno.stat(path).catch(() => undefined);
  return info ? `${info.size} bytes of ${info.mtime?.toISOString()}` : "";
}

async function findInputFile(name: string, context: InputFolders): Promise<string | undefined> {
  if (context.trusted && await Deno.stat(name).then(() => true, () => false)) return name;
  if (!staysInside(name)) return context.trusted ? name : undefined;
  for (const root of context.roots) {
    const path = await Deno.realPath(`${root}/${name}`).catch(() => undefined);
    if (path?.startsWith(`${root}/`)) return path;
  }
  // Whoever opens it says best what is wrong with it.
  return context.trusted ? name : undefined;
}

function staysInside(name: string): boolean {
  return name !== "" && !name.includes("\0") && !name.startsWith("/") &&
    !/(^|[\\/])\.\.([\\/]|$)/.test(name);
}
