/** Parts of volumes: each row of a table says where its cube lies, by a mask or by coordinates. */

import { InputError } from "@countergrade/countergrade";
import { valueRangeOf } from "@countergrade/countergrade/images";
import type { Description } from "./description.ts";
import { type Folder, insideName } from "./folder.ts";
import {
  columnNamedExactly,
  columnOf,
  furtherReader,
  neededColumn,
  tableOf,
} from "./label_table.ts";
import { isMissing, labelingOf, splitNamed } from "./labels.ts";
import { patientFinder } from "./patients.ts";
import { rowPaths } from "./row_path.ts";
import type { CubeSource, Item, Plan, SkippedFile } from "./source.ts";

type Cube = CubeSource["cubes"][number];

/**
 * Rows of the same file are read together: the cubes of a scan. A row names a mask, and perhaps the label in it (else whatever the
 * mask holds), or the coordinates of the cube's middle.
 */
export async function planCubes(folder: Folder, description: Description): Promise<Plan> {
  const table = await tableOf(folder, description);
  const pathOf = await rowPaths(folder, table, description);
  const label = neededColumn(table, "label", description);
  const [mask, structure, patient, split] = (["mask", "structure", "patient", "split"] as const)
    .map((name) => columnOf(table, name, description));
  const { center } = description.columns;
  const axes = center?.map((name) => columnNamedExactly(table, name));
  const furtherOf = furtherReader(table, description);
  const patientOf = patientFinder(description);
  const labeling = labelingOf(table.rows.map((row) => row[label]), description);
  const whereOf = (row: readonly string[]): Omit<Cube, "item"> => {
    if (axes) {
      const place = axes.map((column) => row[column].trim() === "" ? NaN : Number(row[column]));
      if (!place.every(Number.isFinite)) {
        throw new InputError(`its coordinates are ${axes.map((at) => row[at]).join(", ")}`);
      }
      const sign = description.volume!.coordinates === "lps" ? -1 : 1;
      return { center: [sign * place[0], sign * place[1], place[2]] };
    }
    if (structure < 0) return {};
    const number = Number(row[structure]);
    if (row[structure].trim() !== "" && Number.isInteger(number)) return { structure: number };
    throw new InputError(`its label in the mask is ${row[structure]}`);
  };
  const skipped: SkippedFile[] = [];
  const scans = new Map<string, { file: string; mask?: string; cubes: Cube[] }>();
  const ids = new Set<string>();
  for (const row of table.rows) {
    const name = pathOf(row);
    try {
      const index = isMissing(row[label], description) ? undefined : labeling.indexOf(row[label]);
      if (index === undefined) throw new InputError(`its label is ${JSON.stringify(row[label])}`);
      const file = insideName(name);
      const where = whereOf(row);
      const id = [file, where.structure ?? where.center?.join()].filter((x) => x !== undefined)
        .join("#");
      if (ids.has(id)) throw new InputError("the table names it twice");
      ids.add(id);
      const item: Item = {
        id,
        label: index,
        split: split >= 0 ? splitNamed(row[split]) : undefined,
        // Cubes of one scan stay together in any case.
        ...patient >= 0 && row[patient] !== ""
          ? { patient: row[patient], patientBy: "column" }
          : { patient: file, patientBy: "name", ...patientOf(file) },
        ...furtherOf(row),
      };
      const maskFile = axes ? undefined : insideName(row[mask]);
      const key = `${file}\n${maskFile}`;
      const scan = scans.get(key) ?? { file, mask: maskFile, cubes: [] };
      scan.cubes.push({ item, ...where });
      scans.set(key, scan);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      skipped.push({ file: name, reason: `It is left out: ${error.message}` });
    }
  }
  const { imageSize, intensity, volume } = description;
  const imageShape = [1, imageSize, imageSize, imageSize] as const;
  const sources = Array.from(scans.values(), (scan): CubeSource => ({
    kind: "cubes",
    folder: folder.path,
    ...scan,
    imageShape,
    spacing: volume!.spacing,
    intensity: intensity === undefined ? undefined : valueRangeOf(intensity),
  }));
  return { sources, scale: labeling.scale, skipped, imageShape };
}
