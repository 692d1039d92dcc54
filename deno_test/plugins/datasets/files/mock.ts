/** Folders of files as published sets have them, opened as data sets. */

import { type Dataset, Host, tensor } from "@countergrade/countergrade";
import { toPng } from "@countergrade/countergrade/images";
import { builtins } from "@countergrade/countergrade/plugins";

/** Opens a data set of a folder of data sets. */
export async function withDataset(
  root: string,
  id: string,
  run: (dataset: Dataset) => Promise<void> | void,
): Promise<void> {
  await using host = await Host.boot(builtins, { roots: [root] });
  await run(await host.openDataset(id));
}

/** Opens a data set `own` of these files; each name stands for a picture unless it has content. */
export async function withFiles(
  files: Record<string, Uint8Array | string | null>,
  run: (dataset: Dataset) => Promise<void> | void,
  id = "own",
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [i, [name, content]] of Object.entries(files).entries()) {
      const path = `${root}/${id}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      const drawn = () => toPng(tensor([1, 1, 2, 2], [-1, 1, i / 100, 0]), 0);
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content ?? drawn());
    }
    await withDataset(root, id, run);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** All images. */
export const counts = ({ splits }: Dataset) => Object.values(splits).reduce((a, b) => a + b, 0);

/** Ids by split. */
export async function idsOf(dataset: Dataset): Promise<Record<string, string[]>> {
  const lists: Record<string, string[]> = {};
  for (const [split, n] of Object.entries(dataset.splits)) {
    lists[split] = [...(await dataset.get(split, Array.from({ length: n }, (_, i) => i))).ids];
  }
  return lists;
}

/** The splits that images of each patient are in. */
export async function splitsByPatient(dataset: Dataset, patientOf: (id: string) => string) {
  const found = new Map<string, Set<string>>();
  for (const [split, ids] of Object.entries(await idsOf(dataset))) {
    for (const id of ids) {
      const patient = patientOf(id);
      found.set(patient, (found.get(patient) ?? new Set()).add(split));
    }
  }
  return found;
}
