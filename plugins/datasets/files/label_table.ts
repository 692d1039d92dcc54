/** The table that has the labels of a folder, and which of its columns is what. */

import { FormatError } from "@countergrade/countergrade";
import { columnNamed, readTable, type Table } from "@countergrade/countergrade/formats";
import type { Description } from "./description.ts";
import { type Folder, tablesOf } from "./folder.ts";
import { isMissing } from "./labels.ts";
import type { Item } from "./source.ts";

/** Names under which columns are known, whatever their case; spaces, `_` and `-` do not count. */
const COLUMNS = {
  path: ["path", "file", "filename", "image", "image path", "image file", "name"],
  label: ["label", "grade", "class", "target", "severity", "level", "diagnosis"],
  split: ["split", "subset", "set", "partition", "fold"],
  patient: ["patient", "patient id", "subject", "subject id", "case", "case id"],
  mask: ["mask", "mask path", "segmentation"],
  structure: ["structure", "mask label", "vertebra", "vertebra label"],
} as const;

/** Which column of a table is what. */
export type ColumnName = keyof typeof COLUMNS;

/** Reads the table of a folder, and the one beside it. @throws {FormatError} When there is none, or more than one and none is named. */
export async function tableOf(folder: Folder, { table, join }: Description): Promise<Table> {
  const all = tablesOf(folder);
  const name = table ?? (all.length === 1 ? all[0] : undefined);
  const first = await tableNamed(folder, name, table);
  if (!join) return first;
  return joined(first, await tableNamed(folder, join.table, join.table), join);
}

async function tableNamed(folder: Folder, name: string | undefined, asked: string | undefined) {
  if (name === undefined || !folder.files.includes(name)) {
    throw new FormatError(
      `Cannot read the labels: expected ${
        asked === undefined ? "one table, or its name as `table`" : `the table "${asked}"`
      }, there are ${tablesOf(folder).join(", ") || "none"}`,
    );
  }
  return readTable(await Deno.readFile(`${folder.path}/${name}`));
}

/** Each row with each of the second table that has the same value in the column of both. */
function joined(
  first: Table,
  second: Table,
  { on, where }: NonNullable<Description["join"]>,
): Table {
  const [here, there] = [columnNamedExactly(first, on), columnNamedExactly(second, on)];
  const needed = Object.entries(where).map(([name, value]) => ({
    place: columnNamedExactly(second, name),
    value,
  }));
  const beside = new Map<string, (readonly string[])[]>();
  for (const row of second.rows) {
    if (needed.some(({ place, value }) => row[place] !== value)) continue;
    beside.set(row[there], [...beside.get(row[there]) ?? [], row]);
  }
  return {
    columns: [...first.columns, ...second.columns],
    rows: first.rows.flatMap((row) =>
      (beside.get(row[here]) ?? []).map((other) => [...row, ...other])
    ),
  };
}

/** The place of a column, or -1. @throws {FormatError} When the description names one that does not exist. */
export function columnOf(table: Table, what: ColumnName, { columns }: Description): number {
  const asked = columns[what];
  return asked === undefined ? columnNamed(table, COLUMNS[what]) : columnNamedExactly(table, asked);
}

/** Reads what a row says in the columns that are asked for beside the label. @throws {FormatError} When there is no such column. */
export function furtherReader(
  table: Table,
  description: Description,
): (row: readonly string[]) => Pick<Item, "further"> {
  const names = description.columns.further;
  if (!names) return () => ({});
  const places = names.map((name) => columnNamedExactly(table, name));
  return (row) => ({
    further: Object.fromEntries(
      places.flatMap((place, i) =>
        isMissing(row[place], description) ? [] : [[names[i], row[place].trim()]]
      ),
    ),
  });
}

/** The place of a column. @throws {FormatError} When there is none of exactly this name. */
export function columnNamedExactly(table: Table, asked: string): number {
  const place = table.columns.indexOf(asked);
  if (place >= 0) return place;
  throw new FormatError(
    `Cannot read the labels: expected a column "${asked}", there are ${table.columns.join(", ")}`,
  );
}

/** As {@linkcode columnOf}. @throws {FormatError} Where there is no such column. */
export function neededColumn(table: Table, what: ColumnName, description: Description): number {
  const place = columnOf(table, what, description);
  if (place >= 0) return place;
  throw new FormatError(
    `Cannot read the labels: expected a column ${COLUMNS[what].join(" or ")}, there are ${
      table.columns.join(", ")
    }`,
  );
}
