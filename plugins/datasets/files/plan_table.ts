/** A table of pictures: columns path and label, perhaps split and patient. */

import { FormatError, InputError } from "@countergrade/countergrade";
import { columnNamed, readTable, type Table } from "@countergrade/countergrade/formats";
import type { Description } from "./description.ts";
import { labelingOf, splitNamed } from "./labels.ts";
import { pictureShape } from "./picture_shape.ts";
import { type Folder, insideName, tablesOf } from "./folder.ts";
import { planVertebrae } from "./plan_vertebrae.ts";
import type { PictureSource, Plan, SkippedFile } from "./source.ts";

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

/** Reads the table of a folder. @throws {FormatError} When there is none, or more than one and none is named. */
export async function tableOf(folder: Folder, { table }: Description): Promise<Table> {
  const all = tablesOf(folder);
  const name = table ?? (all.length === 1 ? all[0] : undefined);
  if (name === undefined || !folder.files.includes(name)) {
    throw new FormatError(
      `Cannot read the labels: expected ${
        table === undefined ? "one table, or its name as `table`" : `the table "${table}"`
      }, there are ${all.join(", ") || "none"}`,
    );
  }
  return readTable(await Deno.readFile(`${folder.path}/${name}`));
}

/** The place of a column, or -1. @throws {FormatError} When the description names one that does not exist. */
export function columnOf(table: Table, what: ColumnName, { columns }: Description): number {
  const asked = columns[what];
  if (asked === undefined) return columnNamed(table, COLUMNS[what]);
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

/** Each row is a picture. Rows without a label or with a name that leads elsewhere are left out, and told. */
export async function planTable(folder: Folder, description: Description): Promise<Plan> {
  const table = await tableOf(folder, description);
  if (columnOf(table, "mask", description) >= 0) return await planVertebrae(folder, description);
  const path = neededColumn(table, "path", description);
  const label = neededColumn(table, "label", description);
  const split = columnOf(table, "split", description);
  const patient = columnOf(table, "patient", description);
  const labeling = labelingOf(table.rows.map((row) => row[label]), description);
  const skipped: SkippedFile[] = [];
  const rows = new Map<string, readonly string[]>();
  for (const row of table.rows) {
    const reason = reasonToSkip(row[path], row[label], labeling.indexOf(row[label]), rows);
    if (reason) skipped.push({ file: row[path], reason });
    else rows.set(insideName(row[path]), row);
  }
  const { imageShape, fit } = await pictureShape(folder, [...rows.keys()], description);
  const sources = Array.from(rows, ([file, row]): PictureSource => {
    const item = {
      id: file,
      label: labeling.indexOf(row[label])!,
      patient: patient >= 0 && row[patient] !== "" ? row[patient] : undefined,
      split: split >= 0 ? splitNamed(row[split]) : undefined,
    };
    return { kind: "picture", folder: folder.path, file, imageShape, fit, item };
  });
  return { sources, scale: labeling.scale, skipped, imageShape };
}

function reasonToSkip(
  path: string,
  label: string,
  index: number | undefined,
  before: ReadonlyMap<string, unknown>,
): string | undefined {
  if (label === "") return "It has no label";
  if (index === undefined) return `The scale has no label ${JSON.stringify(label)}`;
  try {
    return before.has(insideName(path)) ? "The table names it twice" : undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
