/** From a row of a table to the name of its file. */

import type { Table } from "@countergrade/countergrade/formats";
import type { Description } from "./description.ts";
import { filesBelow, type Folder } from "./folder.ts";
import { columnNamedExactly, neededColumn } from "./label_table.ts";

/** Before names, where they are looked for in all folders below. */
const ANYWHERE = "**/";

/**
 * Says which file a row names: by its column or several, with what stands before and behind.
 *
 * @throws {FormatError} When a column is missing.
 */
export async function rowPaths(
  folder: Folder,
  table: Table,
  description: Description,
): Promise<(row: readonly string[]) => string> {
  const { pathPrefix, pathSuffix } = description;
  const nameOf = rowNames(table, description);
  if (pathPrefix !== ANYWHERE) return (row) => `${pathPrefix}${nameOf(row)}${pathSuffix}`;
  const places = new Map<string, string>();
  for (const file of await allFiles(folder)) {
    const name = file.slice(file.lastIndexOf("/") + 1);
    if (!places.has(name)) places.set(name, file);
  }
  return (row) => {
    const name = `${nameOf(row)}${pathSuffix}`;
    return places.get(name) ?? name;
  };
}

function rowNames(table: Table, description: Description): (row: readonly string[]) => string {
  const { path } = description.columns;
  if (!path?.includes("{")) {
    const place = neededColumn(table, "path", description);
    return (row) => row[place];
  }
  const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
  const places = new Map(names.map((name) => [name, columnNamedExactly(table, name)]));
  return (row) => path.replace(/\{([^}]*)\}/g, (_, name) => row[places.get(name)!]);
}

async function allFiles(folder: Folder): Promise<string[]> {
  const below = await Promise.all(folder.folders.map((name) => filesBelow(folder.path, name)));
  return [...folder.files, ...below.flat()];
}
