/** NumPy's `.npz`: named arrays in a zip archive. */

import type { ElementArray } from "./element.ts";
import { FormatError } from "../errors.ts";
import { type NpyArray, readNpy, writeNpy } from "./npy.ts";
import type { Tensor } from "../tensor.ts";
import { openZip, writeZip } from "./zip.ts";

/** An open `.npz` file; arrays are expanded when asked for, and not kept. */
export interface NpzFile {
  /** The names of the arrays, without `.npy`, in the order of the file. */
  readonly names: readonly string[];
  /** The array of a name. @throws {FormatError} When there is no such one (the message lists the names), or it is damaged. */
  get(name: string): NpyArray;
}

/** How a `.npz` file is opened. */
export interface NpzOptions {
  /** The most bytes that the file may expand to; 4 GiB by default. */
  readonly limit?: number;
}

/**
 * Opens a `.npz` file (stored or deflated) without expanding its arrays. Entries that are no `.npy` are left out.
 *
 * @throws {FormatError} When the archive is damaged or would expand beyond the limit.
 */
export function openNpz(bytes: Uint8Array, options: NpzOptions = {}): NpzFile {
  const archive = openZip(bytes, options);
  const names = archive.names.filter((name) => name.endsWith(".npy"))
    .map((name) => name.slice(0, -".npy".length));
  return {
    names,
    get(name) {
      if (!names.includes(name)) {
        throw new FormatError(
          `Cannot read .npz: there is no array "${name}"; there are: ${names.join(", ") || "none"}`,
        );
      }
      try {
        return readNpy(archive.get(`${name}.npy`));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        throw new FormatError(`Array "${name}" of the .npz: ${error.message}`, { cause: error });
      }
    },
  };
}

/**
 * Reads all arrays of a `.npz` file.
 *
 * @throws {FormatError} As {@linkcode openNpz} and {@linkcode readNpy}.
 */
export function readNpz(bytes: Uint8Array, options: NpzOptions = {}): Map<string, NpyArray> {
  const file = openNpz(bytes, options);
  return new Map(file.names.map((name) => [name, file.get(name)]));
}

/**
 * Writes named arrays as a `.npz` file. The same arrays give the same bytes.
 *
 * @param arrays Tensors, typed arrays (of one axis), or `{ shape, data }` with any typed array.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { readNpz, writeNpz } from "@countergrade/countergrade/formats";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = writeNpz({ codes: tensor([1, 2], [3, 4]), labels: Uint8Array.of(2) });
 * assertEquals(readNpz(bytes).get("codes")?.shape, [1, 2]);
 * assertEquals(readNpz(bytes).get("labels")?.data, Uint8Array.of(2));
 * ```
 */
export function writeNpz(
  arrays: Readonly<
    Record<string, Tensor | ElementArray | { shape: readonly number[]; data: ElementArray }>
  >,
  options: { compress?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const files = Object.entries(arrays).map(([name, array]): [string, Uint8Array] => [
    `${name}.npy`,
    ArrayBuffer.isView(array) ? writeNpy(array) : writeNpy(array.data, array.shape),
  ]);
  return writeZip(new Map(files), options);
}
