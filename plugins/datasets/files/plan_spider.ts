/** SPIDER: lumbar discs with Pfirrmann grades (van der Graaf et al., Scientific Data 2024). */

import { FormatError } from "@countergrade/countergrade";
import { columnNamed, readTable, type Table } from "@countergrade/countergrade/formats";
import type { Description } from "./description.ts";
import { splitNamed } from "./labels.ts";
import { type Folder, neededFolder } from "./folder.ts";
import type { Plan, SkippedFile, StructureSource } from "./source.ts";

/** Disc n, counted upwards from L5/S1, has this much more in the mask. */
const DISC_LABELS = 200;
/** Pfirrmann grades. */
const GRADES = ["1", "2", "3", "4", "5"];

/**
 * `images/<patient>_t2.mha` with `masks/<patient>_t2.mha`, grades in `radiological_gradings.csv` (columns Patient, IVD
 * label, Pfirrman grade) and, where it is there, splits in `overview.csv` (new_file_name, subset). The paper takes T2; a
 * patient without T2 is left out. A further label is the level: how many discs up from L5/S1, which is 1.
 */
export async function planSpider(folder: Folder, description: Description): Promise<Plan> {
  const table = await readCsv(folder, "radiological_gradings.csv");
  const [patient, disc, grade] = [["patient"], ["ivd label"], ["pfirrman grade", "pfirrmann grade"]]
    .map((names) => needed(table, names));
  const splits = await splitsOf(folder);
  const images = new Set((await neededFolder(folder, "images")).files);
  const masks = new Set((await neededFolder(folder, "masks")).files);
  const skipped: SkippedFile[] = [];
  const byPatient = new Map<string, StructureSource["structures"][number][]>();
  for (const row of table.rows) {
    const [who, n, label] = [row[patient], Number(row[disc]), String(Number(row[grade]))];
    const index = GRADES.indexOf(label);
    if (!Number.isInteger(n) || n < 1 || index < 0) {
      skipped.push({
        file: `patient ${who}, disc ${row[disc]}`,
        reason: `Its grade is ${row[grade]}`,
      });
      continue;
    }
    const item = {
      id: `${who}-disc-${n}`,
      label: index,
      patient: who,
      split: splits.get(who),
      further: { level: String(n) },
    };
    const discs = byPatient.get(who) ?? [];
    discs.push({ label: DISC_LABELS + n, item });
    byPatient.set(who, discs);
  }
  const sources: StructureSource[] = [];
  for (const [who, structures] of byPatient) {
    const name = `${who}_t2.mha`;
    if (!images.has(name) || !masks.has(name)) {
      const lacking = images.has(name) ? "mask" : "T2 image";
      skipped.push({ file: `images/${name}`, reason: `The patient has no ${lacking}` });
      continue;
    }
    sources.push({
      kind: "structures",
      folder: folder.path,
      file: `images/${name}`,
      mask: `masks/${name}`,
      structures,
      imageSize: description.imageSize,
      margin: description.margin,
    });
  }
  return {
    sources,
    scale: { type: "ordinal", names: GRADES.map((grade) => `Pfirrmann ${grade}`) },
    skipped,
    imageShape: [1, description.imageSize, description.imageSize],
    title: "SPIDER lumbar discs",
    license: "CC BY 4.0",
    citation:
      "van der Graaf et al., Lumbar spine segmentation in MR images: a dataset and a public benchmark, Scientific Data 2024",
  };
}

async function readCsv(folder: Folder, name: string): Promise<Table> {
  if (!folder.files.includes(name)) {
    throw new FormatError(`Cannot open the folder: expected a file "${name}" in it`);
  }
  return readTable(await Deno.readFile(`${folder.path}/${name}`));
}

function needed(table: Table, names: readonly string[]): number {
  const place = columnNamed(table, names);
  if (place >= 0) return place;
  throw new FormatError(
    `Cannot read radiological_gradings.csv: expected a column "${names[0]}", there are ${
      table.columns.join(", ")
    }`,
  );
}

/** The published division into training and validation, by patient. */
async function splitsOf(folder: Folder): Promise<Map<string, string | undefined>> {
  if (!folder.files.includes("overview.csv")) return new Map();
  const table = await readCsv(folder, "overview.csv");
  const [file, subset] = [columnNamed(table, ["new file name"]), columnNamed(table, ["subset"])];
  if (file < 0 || subset < 0) return new Map();
  return new Map(table.rows.map((row) => [row[file].split("_")[0], splitNamed(row[subset])]));
}
