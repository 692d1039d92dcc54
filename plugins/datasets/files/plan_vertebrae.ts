/** Vertebral fractures: volumes with masks of vertebrae, as VerSe has them, and a table of Genant grades. */

import { InputError } from "@countergrade/countergrade";
import type { Description } from "./description.ts";
import { labelingOf, splitNamed } from "./labels.ts";
import { type Folder, insideName } from "./folder.ts";
import { columnOf, furtherReader, neededColumn, tableOf } from "./label_table.ts";
import type { Item, Plan, SkippedFile, StructureSource } from "./source.ts";

/**
 * Each row of the table is a vertebra: file of the volume, file of the mask, its label in the mask (VerSe: 1–7 cervical,
 * 8–19 thoracic, 20–25 lumbar), its grade, perhaps patient and split. Rows of the same files are read together.
 */
export async function planVertebrae(folder: Folder, description: Description): Promise<Plan> {
  const table = await tableOf(folder, description);
  const path = neededColumn(table, "path", description);
  const mask = neededColumn(table, "mask", description);
  const structure = neededColumn(table, "structure", description);
  const label = neededColumn(table, "label", description);
  const patient = columnOf(table, "patient", description);
  const split = columnOf(table, "split", description);
  const furtherOf = furtherReader(table, description);
  const labeling = labelingOf(table.rows.map((row) => row[label]), description);
  const skipped: SkippedFile[] = [];
  const volumes = new Map<
    string,
    { file: string; mask: string; structures: { label: number; item: Item }[] }
  >();
  for (const row of table.rows) {
    const what = `${row[path]}, structure ${row[structure]}`;
    const index = labeling.indexOf(row[label]);
    const number = Number(row[structure]);
    if (index === undefined || !Number.isInteger(number) || row[structure] === "") {
      const odd = index === undefined ? `grade is ${row[label]}` : `label is ${row[structure]}`;
      skipped.push({ file: what, reason: `Its ${odd}` });
      continue;
    }
    try {
      const file = insideName(row[path]);
      const volume = volumes.get(`${file}\n${row[mask]}`) ??
        { file, mask: insideName(row[mask]), structures: [] };
      const item = {
        id: `${file}#${number}`,
        label: index,
        ...patient >= 0
          ? { patient: row[patient], patientBy: "column" as const }
          : { patient: file },
        split: split >= 0 ? splitNamed(row[split]) : undefined,
        ...furtherOf(row),
      };
      volume.structures.push({ label: number, item });
      volumes.set(`${file}\n${row[mask]}`, volume);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      skipped.push({ file: what, reason: error.message });
    }
  }
  const { imageSize, margin } = description;
  const sources = Array.from(volumes.values(), (volume): StructureSource => ({
    kind: "structures",
    folder: folder.path,
    ...volume,
    imageSize,
    margin,
  }));
  return { sources, scale: labeling.scale, skipped, imageShape: [1, imageSize, imageSize] };
}
