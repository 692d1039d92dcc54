/** The data set plugin `npz`: files in MedMNIST layout in the data folders, by file name. */

import {
  type Batch,
  type Dataset,
  type DatasetContext,
  type DatasetPlugin,
  datasets,
  definePlugin,
  FormatError,
  InputError,
  type LabelScale,
  labelsOn,
  NotFoundError,
} from "@countergrade/countergrade";
import { z } from "zod";
import { type DecodedNpz, decodeNpz } from "./npz/decode.ts";
import { knownDataset } from "./npz/known.ts";

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
 */
export const npz: DatasetPlugin<NpzOptions> = {
  name: "npz",
  description: "Images in MedMNIST layout (.npz) from the data folders",
  options: schema,
  async discover(context) {
    const files = await findFiles(context);
    return await Promise.all(
      [...files].sort().map(async ([id, path]) => ({
        id,
        title: knownDataset(id)?.title ?? id,
        options: {},
        version: await fileVersion(path),
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
  },
  [Symbol.asyncDispose]() {
    decodedFiles.clear();
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
        ? await realFileWithin(root, name)
        : undefined;
      if (path) files.set(id, path);
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

async function realFileWithin(root: string, name: string): Promise<string | undefined> {
  try {
    const folder = await Deno.realPath(root);
    const path = await Deno.realPath(`${folder}/${name}`);
    const separator = path.includes("\\") ? "\\" : "/";
    const within = path.startsWith(folder.endsWith(separator) ? folder : folder + separator);
    return within && (await Deno.stat(path)).isFile ? path : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

interface CachedFile extends DecodedNpz {
  readonly fingerprint: string;
}

async function fileVersion(path: string): Promise<string> {
  const { size, mtime } = await Deno.stat(path);
  return `${size} bytes of ${mtime?.toISOString()}`;
}

/** Decoded files by path, size and time, the latest few; sharing them keeps a data set in memory once. */
const decodedFiles = new Map<string, Promise<CachedFile>>();
const cachedFiles = 4;

async function decodedFile(id: string, path: string): Promise<CachedFile> {
  const { size, mtime } = await Deno.stat(path);
  const key = `${path} ${size} ${mtime?.getTime()}`;
  const cached = decodedFiles.get(key) ?? decodeFile(id, path);
  decodedFiles.delete(key);
  decodedFiles.set(key, cached);
  for (const old of [...decodedFiles.keys()].slice(0, -cachedFiles)) decodedFiles.delete(old);
  try {
    return await cached;
  } catch (error) {
    decodedFiles.delete(key);
    throw error;
  }
}

async function decodeFile(id: string, path: string): Promise<CachedFile> {
  const bytes = await Deno.readFile(path);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { ...decodeNpz(id, bytes), fingerprint: `sha256:${hash.toHex()}` };
}

async function openDataset(
  id: string,
  { scale }: NpzOptions,
  context: DatasetContext,
): Promise<Dataset> {
  const files = await findFiles(context);
  const path = files.get(id);
  if (!path) throw new NotFoundError("dataset", id, [...files.keys()].sort());
  const file = await decodedFile(id, path);
  const known = knownDataset(id);
  const labelScale = scale ?? known?.scale ?? defaultScale(file);
  const isNumber = labelScale.type === "continuous";
  if (!isNumber && !file.wholeLabels) {
    throw new FormatError(
      `Cannot read data set "${id}": expected labels that are whole numbers from 0 to 999, or a continuous scale`,
    );
  }
  if (!isNumber && file.maxLabel >= labelScale.names.length) {
    throw new FormatError(
      `Cannot read data set "${id}": expected labels from 0 to ${labelScale.names.length - 1} ` +
        `(${labelScale.names.join(", ")}), the largest is ${file.maxLabel}`,
    );
  }
  return {
    id,
    title: known?.title ?? id,
    imageShape: file.imageShape,
    scale: labelScale,
    splits: Object.fromEntries([...file.splits].map(([name, { labels }]) => [name, labels.length])),
    licence: known?.licence,
    citation: known?.citation,
    fingerprint: file.fingerprint,
    measurements: isGreySquare(file.imageShape) ? known?.measurements : undefined,
    // async, so that errors come as rejections.
    // deno-lint-ignore require-await
    get: async (split, indices) => batchOf(id, file, labelScale, split, indices),
  };
}

function isGreySquare([channels, height, width]: DecodedNpz["imageShape"]): boolean {
  return channels === 1 && height === width;
}

function defaultScale({ maxLabel, wholeLabels }: DecodedNpz): LabelScale {
  if (!wholeLabels) return { type: "continuous", names: ["label"] };
  return {
    type: "ordinal",
    names: Array.from({ length: Math.max(2, maxLabel + 1) }, (_, i) => String(i)),
  };
}

function batchOf(
  id: string,
  file: DecodedNpz,
  scale: LabelScale,
  name: string,
  indices: ArrayLike<number>,
): Batch {
  const split = file.splits.get(name);
  if (!split) {
    throw new InputError(
      `Cannot get images of "${id}": expected a split of ${[...file.splits.keys()].join(", ")}, ` +
        `it is "${name}"`,
      ["split"],
    );
  }
  const [channels, height, width] = file.imageShape;
  const plane = height * width;
  const data = new Float32Array(indices.length * channels * plane);
  const list = Array.from(indices);
  list.forEach((index, n) => {
    if (!Number.isInteger(index) || index < 0 || index >= split.labels.length) {
      throw new InputError(
        `Cannot get images of "${id}": expected indices from 0 to ${split.labels.length - 1} ` +
          `in ${name}, one is ${index}`,
        ["indices", n],
      );
    }
    for (let c = 0; c < channels; c++) {
      const target = (n * channels + c) * plane;
      const source = index * plane * channels + c;
      for (let i = 0; i < plane; i++) {
        data[target + i] = split.pixels[source + i * channels] / 127.5 - 1;
      }
    }
  });
  return {
    ids: list.map((index) => `${name}-${index}`),
    images: { shape: [list.length, channels, height, width], data },
    labels: labelsOn(scale, list.map((index) => split.labels[index])),
  };
}
