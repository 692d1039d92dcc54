/** Tensors: plain float32 arrays with a shape, in row-major order. */

/** A dense float32 array of shape `shape`, row-major. Treat it as read-only once it is shared. */
export interface Tensor {
  /** The lengths of the axes; `[]` for a single number. */
  readonly shape: readonly number[];
  /** All elements, the last axis fastest. */
  readonly data: Float32Array;
}

/** A tensor that is still in its file. */
export interface StoredTensor {
  /** The lengths of the axes. */
  readonly shape: readonly number[];
  /** Reads it. Nothing is kept: a second call reads again. @throws {FormatError} When the file is damaged there. */
  read(): Tensor;
}

/** Images of shape `[n, c, h, w]`, or volumes `[n, c, d, h, w]`, intensity in [-1, 1]. */
export type Images = Tensor;

/** Semantic codes of shape `[n, d]`, raw encoder output `z`. */
export type Codes = Tensor;

/** What an image is to a Diffusion Autoencoder: `codes` say what it shows, `noise` how. */
export interface Latents {
  /** Semantic codes `z` of shape `[n, d]`. */
  codes: Codes;
  /** Stochastic codes `x_T` in the shape of the images. */
  noise: Tensor;
}

/** The number of elements of a tensor of shape `shape`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Makes a tensor, checking that `data` fills `shape`.
 *
 * @throws {TypeError} When the number of elements does not match.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tensor([2, 2], [1, 2, 3, 4]).data[3], 4);
 * ```
 */
export function tensor(shape: readonly number[], data: ArrayLike<number>): Tensor {
  if (data.length !== sizeOf(shape)) {
    throw new TypeError(
      `Cannot make a tensor: expected ${sizeOf(shape)} elements for shape [${shape.join(", ")}], ` +
        `current length is ${data.length}`,
    );
  }
  return { shape: [...shape], data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** A tensor of zeros. */
export function zeros(shape: readonly number[]): Tensor {
  return { shape: [...shape], data: new Float32Array(sizeOf(shape)) };
}

/** The elements in one row (one index of the first axis). */
export function rowSize({ shape }: Pick<Tensor, "shape">): number {
  return sizeOf(shape.slice(1));
}

/** Rows `start` (inclusive) to `end` (exclusive) of the first axis, as a view on the same memory. */
export function rows(t: Tensor, start: number, end: number): Tensor {
  const size = rowSize(t);
  return {
    shape: [end - start, ...t.shape.slice(1)],
    data: t.data.subarray(start * size, end * size),
  };
}

/** Row `i` as a view of shape `[1, …]`. */
export function row(t: Tensor, i: number): Tensor {
  return rows(t, i, i + 1);
}

/** A copy of the rows at `indices`, in that order. */
export function takeRows(t: Tensor, indices: ArrayLike<number>): Tensor {
  const size = rowSize(t);
  const out = zeros([indices.length, ...t.shape.slice(1)]);
  for (let i = 0; i < indices.length; i++) {
    out.data.set(t.data.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  }
  return out;
}

/**
 * Joins tensors along the first axis.
 *
 * @throws {TypeError} When the shapes of the rows differ.
 */
export function concatRows(parts: readonly Tensor[]): Tensor {
  const [first] = parts;
  const tail = first.shape.slice(1).join();
  const odd = parts.find((part) => part.shape.slice(1).join() !== tail);
  if (odd) {
    throw new TypeError(
      `Cannot join tensors: expected rows of shape [${tail}], current shape is [${
        odd.shape.slice(1)
      }]`,
    );
  }
  const total = parts.reduce((n, part) => n + part.shape[0], 0);
  const out = zeros([total, ...first.shape.slice(1)]);
  let offset = 0;
  for (const part of parts) {
    out.data.set(part.data, offset);
    offset += part.data.length;
  }
  return out;
}

/**
 * Checks a shape; `null` stands for any length.
 *
 * @throws {TypeError} Naming `what`, the expected and the current shape.
 */
export function expectShape(what: string, t: Tensor, expected: readonly (number | null)[]): void {
  const fits = t.shape.length === expected.length &&
    expected.every((length, axis) => length === null || length === t.shape[axis]);
  if (fits) return;
  throw new TypeError(
    `Cannot ${what}: expected shape [${expected.map((length) => length ?? "n").join(", ")}], ` +
      `current shape is [${t.shape.join(", ")}]`,
  );
}
