/** Class folders: `<class>/…/<picture>`, or `<split>/<class>/…/<picture>`; or a label elsewhere in the path. */

import type { Description } from "./description.ts";
import { labelFinder } from "./name_pattern.ts";
import { patientFinder } from "./patients.ts";
import { labelingOf, splitNamed } from "./labels.ts";
import { filesBelow, type Folder, listFolder } from "./folder.ts";
import { pictureMaking } from "./picture_shape.ts";
import type { Plan, SkippedFile, Source } from "./source.ts";

interface Found {
  readonly file: string;
  readonly label: string;
  readonly split?: string;
}

/** The name of the folder is the label; folders called train, val or test around them are splits. */
export async function planClassFolders(folder: Folder, description: Description): Promise<Plan> {
  const { exclude, labelFolder } = description;
  const patientOf = patientFinder(description);
  const skipped: SkippedFile[] = [];
  const found = labelFolder === undefined
    ? await inClassFolders(folder, description, skipped)
    : await byPattern(folder, labelFolder, description, skipped);
  const kept = found.filter(({ file }) => !exclude.some((part) => file.includes(part)));
  const labeling = labelingOf(kept.map(({ label }) => label), description);
  const making = await pictureMaking(folder, kept.map(({ file }) => file), description);
  const sources: Source[] = [];
  for (const { file, label, split } of found) {
    const index = labeling.indexOf(label);
    const reason = exclude.some((part) => file.includes(part))
      ? "The description excludes it"
      : index === undefined && `The names of the description have no ${JSON.stringify(label)}`;
    if (reason) {
      skipped.push({ file, reason });
      continue;
    }
    const item = { id: file, label: index!, split, ...patientOf(file) };
    sources.push({ ...making, file, item });
  }
  return { sources, scale: labeling.scale, skipped, imageShape: making.imageShape };
}

/** Folders that are called train, val and test, provided that there is one for training, or no folder of another name. */
export function splitFolders({ folders }: Folder): string[] {
  const known = ["train", "val", "test"];
  const splits = folders.filter((name) => known.includes(splitNamed(name) ?? ""));
  const all = splits.length === folders.length;
  return all || splits.some((name) => splitNamed(name) === "train") ? splits : [];
}

async function inClassFolders(
  folder: Folder,
  description: Description,
  skipped: SkippedFile[],
): Promise<Found[]> {
  const splits = splitFolders(folder);
  const found: Found[] = [];
  for (const name of splits) {
    const { folders } = await listFolder(`${folder.path}/${name}`);
    for (const label of folders) {
      found.push(...await picturesIn(folder, `${name}/${label}`, label, description, name));
    }
  }
  for (const name of folder.folders.filter((name) => !splits.includes(name))) {
    if (splits.length) {
      skipped.push({ file: name, reason: "The folder stands beside those of the splits" });
    } else found.push(...await picturesIn(folder, name, name, description));
  }
  return found;
}

/** All files below a folder: what is no picture is told when it is read. */
async function picturesIn(
  { path }: Folder,
  name: string,
  label: string,
  { slice, volume }: Description,
  split?: string,
): Promise<Found[]> {
  const files = await filesBelow(path, name, (slice ?? volume) !== undefined);
  return files.map((file) => ({ file, label, split: split && splitNamed(split) }));
}

/** Files whose path has the label where the pattern says. */
async function byPattern(
  folder: Folder,
  pattern: string,
  { slice, volume }: Description,
  skipped: SkippedFile[],
): Promise<Found[]> {
  const labelIn = labelFinder(pattern);
  const splits = splitFolders(folder);
  const found: Found[] = [];
  for (const name of splits.length ? splits : folder.folders) {
    for (const file of await filesBelow(folder.path, name, (slice ?? volume) !== undefined)) {
      const label = labelIn(file);
      if (label === undefined) skipped.push({ file, reason: `No folder of it is ${pattern}` });
      else found.push({ file, label, split: splits.length ? splitNamed(name) : undefined });
    }
  }
  return found;
}
