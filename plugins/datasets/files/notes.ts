/** What somebody should know who uses a folder as a data set: patients, what was taken of files, what looks odd. */

import type { Item } from "./source.ts";

/** Ways of taking files that are told one by one. */
const FEW = 5;

/**
 * Sentences about images as they were read.
 *
 * @param places Splits by name: places in `items`.
 */
export function notesOf(
  items: readonly Item[],
  places: ReadonlyMap<string, readonly number[]>,
): string[] {
  return [
    patientNote(items),
    straddling(items, places),
    ...takenNotes(items),
    ...warningNotes(items),
  ].filter((note) => note !== undefined);
}

/** Columns that do not tell images apart. */
export function furtherNotes(names: readonly string[]): string[] {
  return names.map((name) =>
    `The column ${name} is no further label: all images have the same, or more than 100 different words`
  );
}

const BY = {
  column: "by the table's column",
  folder: "by folders as patient12",
  DICOM: "by what DICOM files say (PatientID)",
  name: "by the names of their files",
  recipe: "by the names of their files",
} as const;

function patientNote(items: readonly Item[]): string {
  const known = items.filter(({ patient }) => patient !== undefined);
  if (!known.length) {
    return "Patients are not known: images of one may lie in several splits; a column, PatientID, patientName or patientFolders would tell";
  }
  const patients = new Set(known.map(({ patient }) => patient)).size;
  const ways = [...new Set(known.map(({ patientBy = "recipe" as const }) => BY[patientBy]))];
  const rest = items.length - known.length;
  return `${known.length} images are of ${patients} patients, told apart ${ways.join(" and ")}` +
    (rest ? `; of ${rest} images it is not known` : "");
}

/** Splits that the files give may divide a patient. */
function straddling(
  items: readonly Item[],
  places: ReadonlyMap<string, readonly number[]>,
): string | undefined {
  const first = new Map<string, string>();
  const several = new Set<string>();
  for (const [split, inside] of places) {
    for (const place of inside) {
      const { patient } = items[place];
      if (patient === undefined) continue;
      if ((first.get(patient) ?? split) !== split) several.add(patient);
      first.set(patient, first.get(patient) ?? split);
    }
  }
  if (!several.size) return undefined;
  const [example] = several;
  return `${several.size} patients lie in several splits, as the files give them, among them ${example}`;
}

function takenNotes(items: readonly Item[]): string[] {
  const ways = new Map<string, number>();
  for (const { taken } of items) {
    if (taken !== undefined) ways.set(taken, (ways.get(taken) ?? 0) + 1);
  }
  const most = [...ways].sort(([, a], [, b]) => b - a);
  const told = most.slice(0, FEW).map(([way, n]) => `Taken of ${n} files: ${way}`);
  const rest = most.slice(FEW).reduce((sum, [, n]) => sum + n, 0);
  return rest ? [...told, `Taken of ${rest} further files: in other ways`] : told;
}

function warningNotes(items: readonly Item[]): string[] {
  // Those that differ in numbers alone are told once.
  const odd = Map.groupBy(
    items.filter(({ warning }) => warning !== undefined),
    ({ warning }) => warning!.replace(/\d+/g, ""),
  );
  return Array.from(
    odd.values(),
    (alike) => `${alike.length} files, as ${alike[0].id}: ${alike[0].warning}`,
  ).slice(0, FEW);
}
