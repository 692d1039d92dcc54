/** Codes and labels of two splits in a file of somebody else: `.npz` of NumPy, or `.pt` of PyTorch. */

import { bytesSource, type Codes, FormatError, type Tensor } from "@countergrade/countergrade";
import { npyTensor, openNpz, openTorchCheckpoint } from "@countergrade/countergrade/formats";

/** The codes `[n, d]` and labels `[n]` of a split. */
export interface LabeledCodes {
  readonly codes: Codes;
  /** Whole numbers from 0 to 255. */
  readonly labels: Int32Array;
}

/** A file of them. */
export interface LatentsFile {
  /** Whether it speaks of a split. */
  has(split: string): boolean;
  /** @throws {FormatError} When it has no such arrays, or their shapes do not fit each other. */
  get(split: string): LabeledCodes;
}

/**
 * Reads `<split>_latents` and `<split>_labels` of a file. In a `.pt`, as `torch.save` writes a dict, they may also be nested:
 * `{"train": {"latents": …, "labels": …}}`.
 *
 * @param path Its ending says what it is.
 * @throws {FormatError} When the file is damaged.
 */
export function latentsFile(path: string, bytes: Uint8Array): LatentsFile {
  const { names, read } = /\.(pt|pth|ckpt)$/i.test(path) ? torchReader(bytes) : npzReader(bytes);
  return {
    has: (split) =>
      names.some((name) => name.startsWith(`${split}_`) || name.startsWith(`${split}.`)),
    get: (split) => checked(split, read(split, "latents"), read(split, "labels")),
  };
}

interface Reader {
  readonly names: readonly string[];
  read(split: string, part: "latents" | "labels"): Tensor;
}

function npzReader(bytes: Uint8Array): Reader {
  const file = openNpz(bytes);
  return {
    names: file.names,
    read(split, part) {
      const array = file.get(`${split}_${part}`);
      if (part === "latents") return npyTensor(array);
      const data = Float32Array.from(array.data as ArrayLike<number | bigint>, Number);
      return { shape: array.shape, data };
    },
  };
}

function torchReader(bytes: Uint8Array): Reader {
  const { tensors } = openTorchCheckpoint(bytesSource(bytes));
  const names = [...tensors.keys()];
  return {
    names,
    read(split, part) {
      const found = tensors.get(`${split}_${part}`) ?? tensors.get(`${split}.${part}`);
      if (found) return found.read();
      throw new FormatError(
        `Cannot read the latents: expected a tensor "${split}_${part}", there are ${
          names.slice(0, 8).join(", ") || "none"
        }`,
      );
    },
  };
}

function checked(split: string, codes: Tensor, { data }: Tensor): LabeledCodes {
  const labels = Int32Array.from(data);
  if (codes.shape.length !== 2 || codes.shape[0] !== labels.length) {
    throw new FormatError(
      `Cannot read ${split}_latents: expected shape [${labels.length}, d], one row per label, ` +
        `current shape is [${codes.shape.join(", ")}]`,
    );
  }
  const odd = data.find((label) => !Number.isInteger(label) || label < 0 || label > 255);
  if (odd !== undefined) {
    throw new FormatError(
      `Cannot read ${split}_labels: expected whole numbers from 0 to 255, got ${odd}`,
    );
  }
  return { codes, labels };
}
