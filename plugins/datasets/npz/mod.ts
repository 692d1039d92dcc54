/** The data set plugin `npz`: files in MedMNIST layout in the data folders, by file name. */

import {
  type Batch,
  type Dataset,
  type DatasetContext,
  type DatasetPlugin,
  datasets,
  definePlugin,
  FormatError,
  type Labels,
  type LabelScale,
  NotFoundError,
  tasks,
} from "@countergrade/countergrade";
import { indicesIn, pathWithin } from "@countergrade/countergrade/images";
import { labelsOn } from "@countergrade/countergrade/review";
import { z } from "zod";
import type { Layout } from "./decode.ts";
import { downloadDatasetTask } from "./download.ts";
import { knownDataset } from "./known.ts";
import { medmnistSet } from "./medmnist.ts";
import { openNpzFile } from "./open.ts";
import type { OpenedNpz } from "./opened.ts";

const schema = z.strictObject({
  scale: z.strictObject({
    type: z.enum(["binary", "ordinal", "nominal", "continuous"]),
    names: z.array(z.string().min(1)).min(1).max(1000),
  }).refine(({ type, names }) => type === "continuous" ? names.length === 1 : names.length > 1, {
    message: "expected one name of a continuous scale, two or more of any other",
    path: ["names"],
  }).optional().describe(
    "What the labels mean, mild to severe, or what a continuous scale measures; by default known, ordinal, or continuous where labels " +
      "are real numbers",
  ),
});

/** Options of {@linkcode openDataset}. */
export type NpzOptions = z.infer<typeof schema>;

const extension = ".npz";

/** An id is a bare file name, so that it cannot lead out of the data folders. */
const idPattern = /^[A-Za-z0-9][\w.-]{0,200}$/;

/**
 * The data set plugin: every `<id>.npz` directly in a data folder. Images go from 0 … 255 to [-1, 1] as x / 127.5 − 1.
 * Links that lead out of the folder are left out.
 *
 * The sets of MedMNIST v2 are known by their file names. Those of volumes are three data sets each: `organmnist3d`, the slice in the
 * middle of the first axis of each volume, `organmnist3d-slices`, all slices along that axis, volume by volume, with the volume's
 * label, and `organmnist3d-volumes`, the volumes themselves; a volume never straddles splits. ChestMNIST, which has several labels per image, is graded by whether there is any finding.
 */
export const npz: DatasetPlugin<NpzOptions> = {
  name: "npz",
  description: "Images in MedMNIST layout (.npz) from the data folders",
  options: schema,
  async discover(context) {
    const files = await findFiles(context);
    return await Promise.all(
      idsOf(files).map(async (id) => ({
        id,
        title: titleOf(id, files),
        options: {},
        version: await fileVersion(files.get(layoutNamed(id, files).name)!),
      })),
    );
  },
  open: (id, options, context) => openDataset(id, options, context),
};

/** The plugin that brings {@linkcode npz}. */
export const npzDatasets = definePlugin({
  id: "@countergrade/npz-datasets",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(datasets, npz);
    registry.add(tasks, downloadDatasetTask());
  },
  [Symbol.asyncDispose]() {
    openedFiles.clear();
    return Promise.resolve();
  },
});

/** Ids to real paths. Where two folders have the same name, the first folder counts. */
async function findFiles({ roots }: DatasetContext): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const root of roots) {
    for (const name of await namesIn(root)) {
      const id = name.slice(0, -extension.length);
      const path = name.endsWith(extension) && idPattern.test(id) && !files.has(id)
        ? await pathWithin(root, name)
        : undefined;
      if (path && (await Deno.stat(path)).isFile) files.set(id, path);
    }
  }
  return files;
}

async function namesIn(root: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(root))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function fileVersion(path: string): Promise<string> {
  const { size, mtime } = await Deno.stat(path);
  return `${size} bytes of ${mtime?.toISOString()}`;
}

/** Files by path, size and time, the latest few; sharing them keeps a data set in memory once. */
const openedFiles = new Map<string, Promise<OpenedNpz>>();
const keptFiles = 4;

async function openedFile(
  id: string,
  path: string,
  layout: Layout,
  cache: string | undefined,
): Promise<OpenedNpz> {
  const { size, mtime } = await Deno.stat(path);
  const key = `${path} ${size} ${mtime?.getTime()} ${layout.slices} ${cache}`;
  const opening = openedFiles.get(key) ?? openNpzFile(id, path, layout, cache);
  openedFiles.delete(key);
  openedFiles.set(key, opening);
  for (const old of [...openedFiles.keys()].slice(0, -keptFiles)) openedFiles.delete(old);
  try {
    return await opening;
  } catch (error) {
    openedFiles.delete(key);
    throw error;
  }
}

async function openDataset(
  id: string,
  { scale }: NpzOptions,
  context: DatasetContext,
): Promise<Dataset> {
  const files = await findFiles(context);
  const { name, layout } = layoutNamed(id, files);
  const path = files.get(name);
  if (!path) throw new NotFoundError("dataset", id, idsOf(files));
  const file = await openedFile(id, path, layout, context.cache);
  // A job waits, and tells how long; whoever only lists data sets does not.
  if (context.onProgress) await file.prepare?.(context);
  const known = knownDataset(name);
  const { maxLabel, wholeLabels } = rangeOf(file.labels);
  const labelScale = scale ?? known?.scale ?? defaultScale(maxLabel, wholeLabels);
  const isNumber = labelScale.type === "continuous";
  if (!isNumber && !wholeLabels) {
    throw new FormatError(
      `Cannot read data set "${id}": expected labels that are whole numbers from 0 to 999, or a continuous scale`,
    );
  }
  if (!isNumber && maxLabel >= labelScale.names.length) {
    throw new FormatError(
      `Cannot read data set "${id}": expected labels from 0 to ${labelScale.names.length - 1} ` +
        `(${labelScale.names.join(", ")}), the largest is ${maxLabel}`,
    );
  }
  return {
    id,
    title: titleOf(id, files),
    imageShape: file.imageShape,
    scale: labelScale,
    splits: countsOf(file),
    license: known?.license,
    citation: known?.citation,
    fingerprint: file.fingerprint,
    notes: file.notes,
    ...file.columns.length && { columns: file.columns },
    measurements: isGraySquare(file.imageShape) ? known?.measurements : undefined,
    region: known?.region,
    get: async (split, indices) => await batchOf(id, file, labelScale, split, indices),
  };
}

/** What a name says about the arrays: the sets of volumes are offered as their middle slices, as all slices and as they are. */
function layoutNamed(
  id: string,
  files: ReadonlyMap<string, string>,
): { name: string; layout: Layout } {
  const [, stem, ending] = files.has(id) ? [] : /^(.*)-(slices|volumes)$/.exec(id) ?? [];
  const whole = stem ?? id;
  const set = medmnistSet(whole);
  const isVolumes = set?.axes === 3;
  return {
    name: isVolumes ? whole : id,
    layout: {
      multiLabel: set?.task === "multiLabel",
      slices: isVolumes ? ENDINGS[ending ?? ""] : undefined,
    },
  };
}

/** What the end of an id means for volumes. */
const ENDINGS: Readonly<Record<string, Layout["slices"]>> = {
  "": "middle",
  slices: "all",
  volumes: "volume",
};

/** The ids that files are offered under. */
function idsOf(files: ReadonlyMap<string, string>): string[] {
  const all = [...files.keys()].flatMap((id) => {
    const others = [`${id}-slices`, `${id}-volumes`].filter((other) => !files.has(other));
    return medmnistSet(id)?.axes === 3 ? [id, ...others] : [id];
  });
  return all.sort();
}

function titleOf(id: string, files: ReadonlyMap<string, string>): string {
  const { name, layout: { slices } } = layoutNamed(id, files);
  const title = knownDataset(name)?.title ?? id;
  return slices ? `${title}; ${SLICES[slices]}` : title;
}

const SLICES = { middle: "middle slices", all: "all slices", volume: "volumes" };

function isGraySquare([channels, height, width, more]: readonly number[]): boolean {
  return channels === 1 && height === width && more === undefined;
}

/** What all labels of a file have in common. */
function rangeOf(labels: ReadonlyMap<string, Labels>) {
  let maxLabel = 0;
  let wholeLabels = true;
  for (const list of labels.values()) {
    for (const label of list) {
      maxLabel = Math.max(maxLabel, label);
      wholeLabels &&= Number.isInteger(label) && label >= 0 && label <= 999;
    }
  }
  return { maxLabel, wholeLabels };
}

function defaultScale(maxLabel: number, wholeLabels: boolean): LabelScale {
  if (!wholeLabels) return { type: "continuous", names: ["label"] };
  return {
    type: "ordinal",
    names: Array.from({ length: Math.max(2, maxLabel + 1) }, (_, i) => String(i)),
  };
}

/** Images of each split. */
function countsOf({ labels }: OpenedNpz): Record<string, number> {
  return Object.fromEntries(Array.from(labels, ([name, { length }]) => [name, length]));
}

async function batchOf(
  id: string,
  file: OpenedNpz,
  scale: LabelScale,
  name: string,
  indices: ArrayLike<number>,
): Promise<Batch> {
  const counts = countsOf(file);
  const list = indicesIn({ id, splits: counts }, name, indices);
  const labels = file.labels.get(name)!;
  const { perVolume } = file;
  const idOf = (index: number) =>
    perVolume === 1 ? `${index}` : `${Math.floor(index / perVolume)}-${index % perVolume}`;
  return {
    ids: list.map((index) => `${name}-${idOf(index)}`),
    images: await file.images(name, list),
    labels: labelsOn(scale, list.map((index) => labels[index])),
  };
}
