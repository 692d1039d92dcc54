/** Folders on disk: what is in them, and names that must not lead out of them. */

import { FormatError, InputError } from "@countergrade/countergrade";

/** A folder as it was found: real path and direct entries. */
export interface Folder {
  readonly path: string;
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/**
 * Lists a folder that a recipe needs.
 *
 * @throws {FormatError} When there is none.
 */
export async function neededFolder({ path }: Folder, name: string): Promise<Folder> {
  try {
    return await listFolder(`${path}/${name}`);
  } catch (error) {
    throw new FormatError(`Cannot open the folder: expected a folder "${name}" in it`, {
      cause: error,
    });
  }
}

/** Lists a folder, names sorted; links count as what they lead to. */
export async function listFolder(path: string): Promise<Folder> {
  const files: string[] = [];
  const folders: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    if (entry.name.startsWith(".")) continue;
    const target = entry.isSymlink
      ? await Deno.stat(`${path}/${entry.name}`).catch(() => undefined)
      : entry;
    if (target?.isDirectory) folders.push(entry.name);
    else files.push(entry.name);
  }
  return { path, files: files.sort(), folders: folders.sort() };
}

/** The tables of a folder that could hold labels. */
export function tablesOf({ files }: Folder): string[] {
  return files.filter((name) => /\.(csv|tsv)$/i.test(name));
}

/** A name from a table that may be a file inside the folder. @throws {InputError} When it leads elsewhere. */
export function insideName(name: string): string {
  const plain = name.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
  const outside = plain === "" || plain.startsWith("/") || plain.includes("\0") ||
    /^[a-z]:/i.test(plain) || plain.split("/").includes("..");
  if (!outside) return plain;
  throw new InputError(
    `expected the name of a file inside the folder, it is ${JSON.stringify(name)}`,
  );
}

/** Folders below a class are patients, visits, series: more of them hold something else. */
const DEEPEST = 8;

/**
 * All files below a folder, as names from `name` on.
 *
 * @param series Whether a folder of DICOM files, by their names, is one volume and stands for them.
 */
export async function filesBelow(
  path: string,
  name: string,
  series = false,
  depth = 0,
): Promise<string[]> {
  const { files, folders } = await listFolder(`${path}/${name}`);
  const isSeries = series && files.length > 1 &&
    files.every((file) => /^[^.]+$|\.dcm$/i.test(file));
  const own = isSeries ? [name] : files.map((file) => `${name}/${file}`);
  if (depth >= DEEPEST) return own;
  const below = await Promise.all(
    folders.map((folder) => filesBelow(path, `${name}/${folder}`, series, depth + 1)),
  );
  return [...own, ...below.flat()];
}
