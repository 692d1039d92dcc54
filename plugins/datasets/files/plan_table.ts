/** A table of pictures: columns path and label, perhaps split and patient. */

import { FormatError, InputError } from "@countergrade/countergrade";
import type { Table } from "@countergrade/countergrade/formats";
import type { Description } from "./description.ts";
import { isMissing, labelingOf, splitNamed } from "./labels.ts";
import { patientFinder } from "./patients.ts";
import { planCubes } from "./plan_cubes.ts";
import { pictureMaking } from "./picture_shape.ts";
import { rowPaths } from "./row_path.ts";
import { type Folder, insideName } from "./folder.ts";
import {
  columnNamedExactly,
  columnOf,
  furtherReader,
  neededColumn,
  tableOf,
} from "./label_table.ts";
import { planVertebrae } from "./plan_vertebrae.ts";
import type { Plan, SkippedFile, Source } from "./source.ts";

/** Each row is a picture. Rows without a label or with a name that leads elsewhere are left out, and told. */
export async function planTable(folder: Folder, description: Description): Promise<Plan> {
  const table = await tableOf(folder, description);
  if (columnOf(table, "mask", description) >= 0 || description.columns.center) {
    const plan = description.volume ? planCubes : planVertebrae;
    return await plan(folder, description);
  }
  const pathOf = await rowPaths(folder, table, description);
  const split = columnOf(table, "split", description);
  const patient = columnOf(table, "patient", description);
  const patientOf = patientFinder(description);
  const furtherOf = furtherReader(table, description);
  const named = namedBy(description);
  const labelOf = labelReader(table, named);
  const labeling = labelingOf(table.rows.map(labelOf), named);
  const skipped: SkippedFile[] = [];
  const rows = new Map<string, { row: readonly string[]; label: number }>();
  for (const row of table.rows) {
    const name = pathOf(row);
    const written = labelOf(row);
    const label = isMissing(written, description) ? undefined : labeling.indexOf(written);
    const reason = reasonToSkip(name, written, label, rows, description);
    if (reason) skipped.push({ file: name, reason });
    else rows.set(insideName(name), { row, label: label! });
  }
  const making = await pictureMaking(folder, [...rows.keys()], description);
  const sources = Array.from(rows, ([file, { row, label }]): Source => {
    const told = patient >= 0 && row[patient] !== ""
      ? { patient: row[patient], patientBy: "column" as const }
      : patientOf(file);
    const ofSplit = split >= 0 ? splitNamed(row[split]) : undefined;
    return {
      ...making,
      file,
      item: { id: file, label, split: ofSplit, ...told, ...furtherOf(row) },
    };
  });
  return { sources, scale: labeling.scale, skipped, imageShape: making.imageShape };
}

/** The label of a row as written: of its column, of the column that is 1, or whether a list has a finding. */
function labelReader(table: Table, description: Description): (row: readonly string[]) => string {
  const { columns: { oneHot }, finding, names } = description;
  if (oneHot) {
    const places = oneHot.map((name) => columnNamedExactly(table, name));
    return (row) => {
      const on = places.filter((place) => Number(row[place]) === 1);
      return on.length === 1 ? oneHot[places.indexOf(on[0])] : "";
    };
  }
  const place = neededColumn(table, "label", description);
  if (finding === undefined) return (row) => row[place];
  return (row) => {
    if (isMissing(row[place], description)) return "";
    return names![row[place].split("|").some((one) => one.trim() === finding) ? 1 : 0];
  };
}

/** What labels are called: as described, in the order of the one-hot columns, or with and without a finding. */
function namedBy(description: Description): Description {
  const { columns: { oneHot }, finding, names, scale } = description;
  if (oneHot && !names) return { ...description, names: oneHot, scale: scale ?? "nominal" };
  if (finding === undefined) return description;
  if (names && names.length !== 2) {
    throw new FormatError(
      "Cannot read the labels: expected two names, without the finding and with",
    );
  }
  return { ...description, names: names ?? [`no ${finding}`, finding], scale: "binary" };
}

function reasonToSkip(
  path: string,
  label: string,
  index: number | undefined,
  before: ReadonlyMap<string, unknown>,
  description: Description,
): string | undefined {
  if (isMissing(label, description)) {
    return label === "" ? "It has no label" : `It has no label: ${JSON.stringify(label)}`;
  }
  if (index === undefined) return `The scale has no label ${JSON.stringify(label)}`;
  try {
    return before.has(insideName(path)) ? "The table names it twice" : undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
