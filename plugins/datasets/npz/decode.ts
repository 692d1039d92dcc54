/** A `.npz` file in MedMNIST layout, decoded and checked: images and labels of each split. */

import {
  FormatError,
  type ImageShape,
  type LabelColumn,
  type Labels,
} from "@countergrade/countergrade";
import {
  type NpyArray,
  type NpzFile,
  type NumericArray,
  openNpz,
} from "@countergrade/countergrade/formats";
import { columnsOf } from "./columns.ts";
import { type PixelKind, rangeOf } from "./pixels.ts";

/** How the arrays of a file are to be understood. */
export interface Layout {
  /** Of volumes `[n, d, h, w]`: the slice in the middle of each, all of them one after the other, or all as one volume. */
  readonly slices?: "middle" | "all" | "volume";
  /** Labels are `[n, k]`, each 1 for a finding: an image's label is whether there is any. */
  readonly multiLabel?: boolean;
}

/** The images of one split as they are stored, with their labels. */
export interface Split {
  /** As {@linkcode DecodedNpz.pixels} says. */
  readonly pixels: NumericArray;
  readonly labels: Labels;
}

/** A decoded file. */
export interface DecodedNpz {
  /** `[channels, height, width]`, or `[1, depth, height, width]`. */
  readonly imageShape: ImageShape;
  /** By name, in the order train, val, test; those that the file has. */
  readonly splits: ReadonlyMap<string, Split>;
  /** Images that come from one volume and follow each other; 1 where each stands for itself. */
  readonly perVolume: number;
  readonly columns: readonly LabelColumn[];
  /** Type of the numbers, as `u1`. */
  readonly dtype: string;
  /** How they are meant. */
  readonly pixels: PixelKind;
}

/** Says why a file cannot be read. */
export type Fail = (reason: string) => never;

/** The function that says so of the data set `id`. */
export function failing(id: string): Fail {
  return (reason) => {
    throw new FormatError(`Cannot read data set "${id}": ${reason}`);
  };
}

/**
 * Decodes the bytes of a file with the keys `train_images` `[n, h, w]` or `[n, h, w, 1 or 3]`, also with channels first (uint8, uint16 or real numbers) and `train_labels`
 * `[n]` or `[n, 1]` (whole numbers from 0, or real ones), and the same for `val` and `test`; one of the three is enough.
 *
 * @throws {FormatError} Saying which key is missing or what is wrong with it.
 */
export function decodeNpz(id: string, bytes: Uint8Array, layout: Layout = {}): DecodedNpz {
  const fail: Fail = failing(id);
  const file = opened(bytes, fail);
  const splits = new Map<string, Split>();
  let first: Kind | undefined;
  for (const name of splitsIn(file.names)) {
    const images = readKey(file, `${name}_images`, fail);
    const kind = kindOf(images, `${name}_images`, layout, fail);
    first ??= kind;
    checkShape(first, kind, name, fail);
    const labels = labelsOf(readKey(file, `${name}_labels`, fail), `${name}_labels`, layout, fail);
    checkCount(images.shape[0], labels, name, fail);
    const pixels = layout.slices === "middle" ? middleSlices(images) : images.data;
    splits.set(name, { pixels, labels: repeated(labels, kind.perVolume) });
  }
  const { planar, dtype } = first!;
  const range = rangeOf(dtype, Array.from(splits.values(), ({ pixels }) => pixels));
  const counts = new Map(
    Array.from(splits, ([name, { labels }]) => [name, labels.length / first!.perVolume]),
  );
  const columns = columnsOf(file.names, counts, (key) => file.get(key), first!.perVolume);
  return { ...first!, splits, columns, pixels: { range, planar } };
}

/** The splits of a file, by the names of its arrays; train where there is none, so that its arrays are what is missing. */
export function splitsIn(names: readonly string[]): string[] {
  const found = ["train", "val", "test"].filter((split) =>
    names.includes(`${split}_images`) || names.includes(`${split}_labels`)
  );
  return found.length ? found : ["train"];
}

/** @throws {FormatError} When a split has images of another shape than the first. */
export function checkShape(first: Kind, kind: Kind, name: string, fail: Fail): void {
  if (first.perVolume !== kind.perVolume) {
    fail(
      `expected volumes of ${first.perVolume} slices as in the split before, those of ${name} have ${kind.perVolume}`,
    );
  }
  if (first.dtype !== kind.dtype || first.planar !== kind.planar) {
    fail(`expected ${name}_images of the same type and order of channels as in the split before`);
  }
  if (first.imageShape.join() === kind.imageShape.join()) return;
  fail(
    `expected ${name}_images of [${first.imageShape}] (c, h, w) as in the split before, they are [${kind.imageShape}]`,
  );
}

/** @throws {FormatError} Unless each image, or volume, has a label. */
export function checkCount(images: number, labels: Labels, name: string, fail: Fail): void {
  if (labels.length === images) return;
  fail(
    `expected one label per image, ${name}_images has ${images} and ${name}_labels ${labels.length}`,
  );
}

function repeated(labels: Labels, times: number): Labels {
  if (times === 1) return labels;
  const all = Float64Array.from(
    { length: labels.length * times },
    (_, i) => labels[Math.floor(i / times)],
  );
  return labels instanceof Int32Array ? Int32Array.from(all) : all;
}

function middleSlices({ data: pixels, shape }: NpyArray): NumericArray {
  const [n, depth, height, width] = shape;
  const size = height * width;
  const out = pixels.slice(0, n * size);
  for (let i = 0; i < n; i++) {
    const start = (i * depth + (depth >> 1)) * size;
    out.set(pixels.subarray(start, start + size), i * size);
  }
  return out;
}

function opened(bytes: Uint8Array, fail: Fail): NpzFile {
  try {
    return openNpz(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return fail(error.message);
  }
}

function readKey(file: NpzFile, key: string, fail: Fail): NpyArray {
  if (!file.names.includes(key)) {
    fail(`expected an array "${key}", the file has ${file.names.join(", ") || "none"}`);
  }
  return file.get(key);
}

/** What images are like, by their array. */
export type Kind =
  & Pick<DecodedNpz, "imageShape" | "perVolume" | "dtype">
  & Pick<PixelKind, "planar">;

const TYPES = /^(u1|u2|i2|f2|f4|f8)$/;

/** @throws {FormatError} When the array holds no such images. */
export function kindOf(
  { dtype, shape }: Pick<NpyArray, "dtype" | "shape">,
  key: string,
  { slices }: Layout,
  fail: Fail,
): Kind {
  if (!TYPES.test(dtype)) {
    fail(`expected ${key} of uint8, uint16 or real numbers, their type is ${dtype}`);
  }
  if (slices) {
    const [, depth, height, width] = shape;
    if (shape.length !== 4 || shape.slice(1).includes(0)) {
      fail(`expected ${key} of shape [n, d, h, w], it is [${shape.join(", ")}]`);
    }
    if (slices === "volume") {
      if (depth < 2) fail(`expected volumes of two slices or more, those of ${key} have ${depth}`);
      return { imageShape: [1, depth, height, width], perVolume: 1, dtype, planar: false };
    }
    const perVolume = slices === "all" ? depth : 1;
    return { imageShape: [1, height, width], perVolume, dtype, planar: false };
  }
  const isColor = (n: number) => n === 1 || n === 3;
  const planar = shape.length === 4 && isColor(shape[1]) && !isColor(shape[3]);
  const [height, width, channels = 1] = planar ? [...shape.slice(2), shape[1]] : shape.slice(1);
  const fits = (shape.length === 3 || shape.length === 4) && isColor(channels) &&
    height > 0 && width > 0;
  if (!fits) {
    fail(`expected ${key} of shape [n, h, w] or [n, h, w, 1 or 3], it is [${shape.join(", ")}]`);
  }
  return { imageShape: [channels, height, width], perVolume: 1, dtype, planar };
}

/** Labels, one per image. @throws {FormatError} When they are no labels. */
export function labelsOf(
  { dtype, shape, data }: NpyArray,
  key: string,
  { multiLabel }: Layout,
  fail: Fail,
): Labels {
  if (!/^[iubf]/.test(dtype)) fail(`expected ${key} of numbers, their type is ${dtype}`);
  if (multiLabel && shape.length === 2) {
    const [n, k] = shape;
    return Int32Array.from(
      { length: n },
      (_, i) => Number(data.subarray(i * k, i * k + k).some(Boolean)),
    );
  }
  const fits = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!fits) fail(`expected ${key} of shape [n] or [n, 1], it is [${shape.join(", ")}]`);
  const isReal = dtype.startsWith("f");
  const odd = data.findIndex((label) =>
    isReal ? !Number.isFinite(label) : label < 0 || label > 999
  );
  if (odd >= 0) {
    const expected = isReal ? "of finite numbers" : "from 0 to 999";
    fail(`expected ${key} ${expected}, label ${odd} is ${data[odd]}`);
  }
  return isReal ? Float64Array.from(data) : Int32Array.from(data);
}
