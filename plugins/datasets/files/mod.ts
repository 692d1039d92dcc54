/** The data set plugin `files`: folders of pictures or volumes in the data folders, by folder name. */

import {
  type Dataset,
  type DatasetContext,
  type DatasetPlugin,
  datasets,
  definePlugin,
  FormatError,
  NotFoundError,
  Random,
} from "@countergrade/countergrade";
import {
  indicesIn,
  openImageCache,
  pathWithin,
  stratifiedSplits,
} from "@countergrade/countergrade/images";
import { sha256 } from "@countergrade/countergrade/jobs";
import { labelsOn } from "@countergrade/countergrade/review";
import { z } from "zod";
import { type Description, DESCRIPTION_FILE, parseDescription } from "./description.ts";
import { type Folder, listFolder } from "./folder.ts";
import { furtherColumns } from "./further.ts";
import { furtherNotes, notesOf } from "./notes.ts";
import { planOf, recognize } from "./plan.ts";
import { ReadPool } from "./read_pool.ts";
import { sharpReader } from "./sharp_reader.ts";
import { type Item, nameOf } from "./source.ts";

/** An id is a bare folder name, so that it cannot lead out of the data folders. */
const ID = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} _.,()+&-]{0,200}$/u;

const DEFAULTS = parseDescription("{}");

/** Counts changes of how files are read: what was kept of an earlier way is not used. */
const READING = 5;

/** The data set plugin: every folder directly in a data folder that looks like a data set, or says that it is one. */
export const files: DatasetPlugin<Record<string, never>> = {
  name: "files",
  description: "Folders of pictures or volumes in the data folders: class folders, or a table",
  options: z.strictObject({}),
  async discover(context) {
    const found = await findFolders(context);
    return await Promise.all([...found].map(async ([id, folder]) => ({
      id,
      title: id,
      options: {},
      version: await versionOf(folder),
    })));
  },
  async open(id, _options, context) {
    const folder = (await findFolders(context)).get(id);
    if (!folder) throw new NotFoundError("dataset", id);
    return await openFolder(id, folder, context);
  },
};

/** The plugin that brings {@linkcode files}. */
export const filesDatasets = definePlugin({
  id: "@countergrade/files-datasets",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(datasets, files);
  },
});

/** Folders that look like data sets, by name; where two roots have the same name, the first counts. */
async function findFolders({ roots }: DatasetContext): Promise<Map<string, Folder>> {
  const found = new Map<string, Folder>();
  for (const root of roots) {
    const { folders } = await listFolder(root).catch(() => ({ folders: [] as string[] }));
    for (const id of folders) {
      if (found.has(id) || !ID.test(id)) continue;
      const folder = await innerFolder(root, id);
      const described = folder?.files.includes(DESCRIPTION_FILE);
      if (folder && (described || recognize(folder, DEFAULTS))) found.set(id, folder);
    }
  }
  return found;
}

async function innerFolder(root: string, name: string): Promise<Folder | undefined> {
  const path = await pathWithin(root, name);
  return path === undefined ? undefined : await listFolder(path).catch(() => undefined);
}

/** Changes when a direct entry of the folder or of one below does. */
async function versionOf({ path, files, folders }: Folder): Promise<string> {
  const names = ["", ...files, ...folders].map((name) => name ? `${path}/${name}` : path);
  const stats = await Promise.all(names.map((name) => Deno.stat(name).catch(() => undefined)));
  const text = stats.map((stat, i) => `${names[i]} ${stat?.size} ${stat?.mtime?.getTime()}`);
  return sha256(text.join("\n")).slice(0, 16);
}

async function openFolder(id: string, folder: Folder, context: DatasetContext): Promise<Dataset> {
  const description: Description = folder.files.includes(DESCRIPTION_FILE)
    ? parseDescription(await Deno.readTextFile(`${folder.path}/${DESCRIPTION_FILE}`))
    : DEFAULTS;
  const plan = await planOf(folder, description);
  const stats = await Promise.all(
    plan.sources.map((source) =>
      Deno.stat(`${folder.path}/${nameOf(source)}`).catch(() => undefined)
    ),
  );
  const bySharp = sharpReader(context);
  const content = JSON.stringify([
    bySharp ? [READING, "sharp"] : READING,
    plan.sources,
    stats.map((stat) => [stat?.size, stat?.mtime?.getTime()]),
    [description.splits, description.seed, plan.scale],
    // Images and labels do not come from further labels.
  ], (key, value) => key === "further" ? undefined : value);
  const fingerprint = sha256(content);
  using pool = new ReadPool(folder.path);
  pool.spread(plan.sources.length);
  const cache = await openImageCache<Item>({
    folder: context.cache,
    key: `${id}-${fingerprint.slice(0, 24)}`.replace(/[^\w-]/g, "_"),
    imageShape: plan.imageShape,
    sources: plan.sources.length,
    atOnce: pool.width,
    read: async (source) =>
      await bySharp?.(plan.sources[source]) ?? await pool.read(plan.sources[source]),
    signal: context.signal,
    onProgress: context.onProgress,
  });
  const skipped = [
    ...plan.skipped,
    ...cache.skipped.map(({ source, reason }) => ({ file: nameOf(plan.sources[source]), reason })),
  ];
  if (!cache.images.length) {
    throw new FormatError(
      `Cannot open "${id}": none of ${skipped.length} files can be read, as ${skipped[0].file}: ${
        skipped[0].reason
      }`,
    );
  }
  const all = cache.images.map(({ item }) => item);
  const places = placesOf(all, description);
  const { columns, same } = furtherColumns(plan.sources, all, places);
  const splits = Object.fromEntries(Array.from(places, ([name, { length }]) => [name, length]));
  return {
    id,
    title: description.title ?? plan.title ?? id,
    imageShape: plan.imageShape,
    scale: plan.scale,
    splits,
    license: description.license ?? plan.license,
    citation: description.citation ?? plan.citation,
    fingerprint: `sha256:${fingerprint}`,
    skipped,
    notes: [...notesOf(all, places), ...furtherNotes(same)],
    ...columns.length && { columns },
    async get(split, indices) {
      const within = places.get(split);
      const wanted = indicesIn({ id, splits }, split, indices).map((index) => within![index]);
      const items = wanted.map((place) => all[place]);
      return {
        ids: items.map((item) => item.id),
        images: await cache.get(wanted),
        labels: labelsOn(plan.scale, items.map(({ label }) => label)),
        taken: items.map(({ taken, warning }) =>
          [taken, warning].filter(Boolean).join("; ") || undefined
        ),
        ...plan.imageShape.length === 4 && { affines: items.map(({ affine }) => affine!) },
      };
    },
  };
}

/** Splits by name, train first: places in the cache. Images without a split get one. */
function placesOf(
  items: readonly Item[],
  { splits, seed }: Description,
): Map<string, number[]> {
  const open = items.flatMap((item, place) => item.split === undefined ? [place] : []);
  const made = stratifiedSplits(
    open.map((place) => ({ ...items[place], name: items[place].id })),
    new Random(seed),
    splits,
  );
  const names = new Map(open.map((place, i) => [place, made[i]]));
  const places = new Map<string, number[]>([["train", []], ["val", []], ["test", []]]);
  items.forEach(({ split }, place) => {
    const name = split ?? names.get(place)!;
    if (!places.has(name)) places.set(name, []);
    places.get(name)!.push(place);
  });
  for (const [name, { length }] of [...places]) if (!length) places.delete(name);
  return places;
}
