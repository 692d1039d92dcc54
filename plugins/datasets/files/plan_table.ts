/** A table of pictures: columns path and label, perhaps split and patient. */

import { InputError } from "@countergrade/countergrade";
import type { Description } from "./description.ts";
import { labelingOf, splitNamed } from "./labels.ts";
import { pictureShape } from "./picture_shape.ts";
import { type Folder, insideName } from "./folder.ts";
import { columnOf, neededColumn, tableOf } from "./label_table.ts";
import { planVertebrae } from "./plan_vertebrae.ts";
import type { PictureSource, Plan, SkippedFile } from "./source.ts";

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
