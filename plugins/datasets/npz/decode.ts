/** A `.npz` file in MedMNIST layout, decoded and checked: images and labels of each split. */

import {
  FormatError,
  type Labels,
  type NpyArray,
  type NpzFile,
  openNpz,
} from "@countergrade/countergrade";

/** The images of one split as they are stored, with their labels. */
export interface Split {
  /** Intensities 0 … 255, `[n, h, w, c]`. */
  readonly pixels: Uint8Array;
  readonly labels: Labels;
}

/** A decoded file. */
export interface DecodedNpz {
  /** `[channels, height, width]`. */
  readonly imageShape: readonly [number, number, number];
  /** By name, in the order train, val, test; those that the file has. */
  readonly splits: ReadonlyMap<string, Split>;
  /** Whether all labels are whole numbers from 0 to 999, as indices of names are. */
  readonly wholeLabels: boolean;
  /** The largest label of all splits. */
  readonly maxLabel: number;
}

/**
 * Decodes the bytes of a file with the keys `train_images` `[n, h, w]` or `[n, h, w, 1 or 3]` (uint8) and `train_labels`
 * `[n]` or `[n, 1]` (whole numbers from 0, or real ones), and the same for `val` and `test` where it has them.
 *
 * @throws {FormatError} Saying which key is missing or what is wrong with it.
 */
export function decodeNpz(id: string, bytes: Uint8Array): DecodedNpz {
  const fail = (reason: string): never => {
    throw new FormatError(`Cannot read data set "${id}": ${reason}`);
  };
  const file = opened(bytes, fail);
  const names = ["train", "val", "test"].filter((split) =>
    split === "train" || file.names.includes(`${split}_images`) ||
    file.names.includes(`${split}_labels`)
  );
  const splits = new Map<string, Split>();
  let imageShape: [number, number, number] | undefined;
  let maxLabel = 0;
  let wholeLabels = true;
  for (const name of names) {
    const images = readKey(file, `${name}_images`, fail);
    const shape = imageShapeOf(images, `${name}_images`, fail);
    if (imageShape && imageShape.join() !== shape.join()) {
      fail(`expected ${name}_images of [${imageShape}] (c, h, w) as in train, they are [${shape}]`);
    }
    imageShape = shape;
    const labels = labelsOf(readKey(file, `${name}_labels`, fail), `${name}_labels`, fail);
    if (labels.length !== images.shape[0]) {
      fail(
        `expected one label per image, ${name}_images has ${images.shape[0]} and ` +
          `${name}_labels ${labels.length}`,
      );
    }
    for (const label of labels) maxLabel = Math.max(maxLabel, label);
    wholeLabels &&= labels.every((label) => Number.isInteger(label) && label >= 0 && label <= 999);
    splits.set(name, { pixels: images.data as Uint8Array, labels });
  }
  return { imageShape: imageShape!, splits, maxLabel, wholeLabels };
}

type Fail = (reason: string) => never;

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

function imageShapeOf(
  { dtype, shape }: NpyArray,
  key: string,
  fail: Fail,
): [number, number, number] {
  if (dtype !== "u1") fail(`expected ${key} of type u1 (0 to 255), its type is ${dtype}`);
  const [, height, width, channels = 1] = shape;
  const fits = (shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3) &&
    height > 0 && width > 0;
  if (!fits) {
    fail(`expected ${key} of shape [n, h, w] or [n, h, w, 1 or 3], it is [${shape.join(", ")}]`);
  }
  return [channels, height, width];
}

function labelsOf({ dtype, shape, data }: NpyArray, key: string, fail: Fail): Labels {
  if (!/^[iubf]/.test(dtype)) fail(`expected ${key} of numbers, their type is ${dtype}`);
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
