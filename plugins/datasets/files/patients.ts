/** Whose a picture is, by its path alone. */

import type { Description } from "./description.ts";
import { nameReader } from "./name_pattern.ts";
import type { Item } from "./source.ts";

/** Folders that are patients, as `patient12`, `sub-12` or `P12`. */
const FOLDER = /^(patients?|subjects?|sub|subj|case|pat|p)[-_ ]?\d+$/i;

/**
 * Says whose a file is, where the description says that names or folders tell.
 *
 * @throws {FormatError} When its pattern cannot be read.
 */
export function patientFinder(
  { patientName, patientFolders }: Description,
): (file: string) => Pick<Item, "patient" | "patientBy"> {
  const read = patientName === undefined ? undefined : nameReader(patientName, "patient");
  return (file) => {
    const parts = file.split("/");
    const byName = read?.(parts.at(-1)!);
    if (byName !== undefined) return { patient: byName, patientBy: "name" };
    const byFolder = patientFolders
      ? parts.slice(0, -1).find((part) => FOLDER.test(part))
      : undefined;
    return byFolder === undefined ? {} : { patient: byFolder, patientBy: "folder" };
  };
}
