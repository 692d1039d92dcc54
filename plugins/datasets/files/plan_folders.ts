/** Class folders: `<class>/…/<picture>`, or `<split>/<class>/…/<picture>`. */

import type { Description } from "./description.ts";
import { labelingOf, splitNamed } from "./labels.ts";
import { filesBelow, type Folder, listFolder, patientInPath } from "./folder.ts";
import { pictureShape } from "./picture_shape.ts";
import type { PictureSource, Plan, SkippedFile } from "./source.ts";

interface Found {
  readonly file: string;
  readonly label: string;
  readonly split?: string;
}

/** The name of the folder is the label; folders called train, val or test around them are splits. */
export async function planClassFolders(folder: Folder, description: Description): Promise<Plan> {
  const known = ["train", "val", "test"];
  const splits = folder.folders.filter((name) => known.includes(splitNamed(name) ?? ""));
  const skipped: SkippedFile[] = [];
  const found: Found[] = [];
  if (splits.some((name) => splitNamed(name) === "train")) {
    for (const name of splits) {
      const { folders } = await listFolder(`${folder.path}/${name}`);
      for (const label of folders) {
        found.push(...await picturesIn(folder, `${name}/${label}`, label, splitNamed(name)));
      }
    }
    for (const name of folder.folders.filter((name) => !splits.includes(name))) {
      skipped.push({ file: name, reason: "The folder stands beside those of the splits" });
    }
  } else {
    for (const label of folder.folders) found.push(...await picturesIn(folder, label, label));
  }
  const labeling = labelingOf(found.map(({ label }) => label), description);
  const { imageShape, fit } = await pictureShape(
    folder,
    found.map(({ file }) => file),
    description,
  );
  const sources: PictureSource[] = [];
  for (const { file, label, split } of found) {
    if (description.exclude.some((part) => file.includes(part))) {
      skipped.push({ file, reason: "The description excludes it" });
      continue;
    }
    const index = labeling.indexOf(label);
    if (index === undefined) {
      skipped.push({
        file,
        reason: `The names of the description have no ${JSON.stringify(label)}`,
      });
      continue;
    }
    const patient = description.patientFolders ? patientInPath(file) : undefined;
    const item = { id: file, label: index, patient, split };
    sources.push({ kind: "picture", folder: folder.path, file, imageShape, fit, item });
  }
  return { sources, scale: labeling.scale, skipped, imageShape };
}

/** All files below a folder: what is no picture is told when it is read. */
async function picturesIn(
  { path }: Folder,
  name: string,
  label: string,
  split?: string,
): Promise<Found[]> {
  const files = await filesBelow(path, name);
  return files.map((file) => ({ file, label, split }));
}
