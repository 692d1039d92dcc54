/** NumPy's `.npy`: one array of numbers with its shape. */

import { type ElementArray, elementBytes, elementsOf, type ElementType } from "./element.ts";
import { columnMajorStrides, type NumericArray, toRowMajor } from "./strided.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot read .npy");

/** An array as NumPy stores it. */
export interface NpyArray {
  /** The lengths of the axes; `[]` for a single number. */
  readonly shape: readonly number[];
  /** NumPy's type code without the byte order: `u1`, `i8`, `f4`, `b1` … */
  readonly dtype: string;
  /**
   * The elements in row-major order. The typed array of the same name, except that `b1` is a Uint8Array of 0 and 1, `f2`
   * a Float32Array, and `i8` and `u8` a Float64Array.
   */
  readonly data: NumericArray;
  /** Whether the file held the elements in column-major order; `data` never does. */
  readonly fortranOrder: boolean;
}

const magic = [0x93, ...new TextEncoder().encode("NUMPY")];

const types: Readonly<Record<string, ElementType>> = {
  b1: "bool",
  u1: "u8",
  i1: "i8",
  u2: "u16",
  i2: "i16",
  u4: "u32",
  i4: "i32",
  u8: "u64",
  i8: "i64",
  f2: "f16",
  f4: "f32",
  f8: "f64",
};

/** What the header says. */
interface Header {
  readonly dtype: string;
  readonly type: ElementType;
  readonly bigEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: number[];
}

/**
 * Reads a `.npy` file (versions 1 to 3; booleans, integers and floats of either byte order). The elements may be a view
 * on `bytes`.
 *
 * @throws {FormatError} When the bytes are no such file, are truncated or too many, hold another element type, or hold
 * 64-bit integers beyond ±2⁵³.
 */
export function readNpy(bytes: Uint8Array): NpyArray {
  const end = npyHeaderEnd(bytes);
  if (end > bytes.length) {
    throw refused(`expected a header of ${end} bytes, the file has ${bytes.length}`);
  }
  const { shape, dtype, type, fortranOrder, bigEndian } = headerIn(bytes, end);
  const needed = sizeOf(shape) * elementBytes(type);
  const body = bytes.subarray(end);
  if (body.length !== needed) {
    throw refused(
      `expected ${needed} bytes for ${dtype} of shape [${
        shape.join(", ")
      }], there are ${body.length}`,
    );
  }
  const stored = numbersOf(
    elementsOf(type, bigEndian ? swapped(body, elementBytes(type)) : body),
  );
  const data = fortranOrder && shape.length > 1
    ? toRowMajor(stored, shape, columnMajorStrides(shape))
    : stored;
  return { shape, dtype, data, fortranOrder };
}

/** Where the elements begin, from the first 12 bytes. */
function npyHeaderEnd(bytes: Uint8Array): number {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw refused("the file does not start with \\x93NUMPY");
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw refused(`expected version 1, 2 or 3, it is ${version}`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw refused("the header is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
}

function headerIn(bytes: Uint8Array, end: number): Header {
  return parseHeader(new TextDecoder().decode(bytes.subarray(bytes[6] === 1 ? 10 : 12, end)));
}

/** The header is the text of a Python dict; only its three known keys are read, nothing is evaluated. */
function parseHeader(text: string): Header {
  const descr = /['"]descr['"]\s*:\s*['"]([<>|=]?)([a-zA-Z]\d+)['"]/.exec(text);
  if (!descr || !Object.hasOwn(types, descr[2])) {
    const found = /['"]descr['"]\s*:\s*(.{0,40})/.exec(text)?.[1] ?? "no descr";
    throw refused(`expected an element type of ${Object.keys(types).join(", ")}, found ${found}`);
  }
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  if (!order) throw refused("expected fortran_order to be True or False");
  const shape = /['"]shape['"]\s*:\s*\(([\d\sL,]*)\)/.exec(text)?.[1];
  if (shape === undefined) throw refused("expected shape to be a tuple of whole numbers");
  const lengths = shape.split(",").map((part) => part.trim()).filter((part) => part !== "")
    .map((part) => Number(part.replace(/L$/, "")));
  if (!lengths.every(Number.isSafeInteger)) {
    throw refused(`expected whole numbers, shape is (${shape})`);
  }
  return {
    dtype: descr[2],
    type: types[descr[2]],
    bigEndian: descr[1] === ">",
    fortranOrder: order === "True",
    shape: lengths,
  };
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const within = i % size;
    out[i] = bytes[i - within + (size - 1 - within)];
  }
  return out;
}

function numbersOf(elements: ElementArray): NumericArray {
  if (elements instanceof Float16Array) return new Float32Array(elements);
  if (!(elements instanceof BigInt64Array || elements instanceof BigUint64Array)) return elements;
  const out = new Float64Array(elements.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = Number(elements[i]);
    if (!Number.isSafeInteger(out[i])) {
      throw refused(`expected integers within ±2^53, element ${i} is ${elements[i]}`);
    }
  }
  return out;
}

/** An array of bytes that is read block by block, since it may not fit into memory. */
export interface NpyRows extends AsyncDisposable {
  /** The lengths of the axes of the whole array. */
  readonly shape: readonly number[];
  /** The next rows along the first axis, at most `count`; empty at the end. */
  next(count: number): Promise<Uint8Array>;
}

/** The longest header that is read; NumPy's own take about 100 bytes. */
const MAX_HEADER = 2 ** 16;

/**
 * Reads a `.npy` file of type `u1` that comes in chunks, holding no more than the rows asked for and one chunk.
 *
 * @example
 * ```ts
 * import { openNpyRows, writeNpy } from "@countergrade/countergrade/formats";
 * import { assertEquals } from "@std/assert";
 *
 * const file = writeNpy(Uint8Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
 * await using rows = await openNpyRows(ReadableStream.from([file.subarray(0, 50), file.subarray(50)]));
 * assertEquals(await rows.next(2), Uint8Array.of(1, 2, 3, 4));
 * assertEquals(await rows.next(2), Uint8Array.of(5, 6));
 * ```
 * @throws {FormatError} As {@linkcode readNpy}, and for another type or column-major order; of elements that are missing or too
 * many when they are reached.
 */
export async function openNpyRows(chunks: AsyncIterable<Uint8Array>): Promise<NpyRows> {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  /** The next bytes, fewer at the end of the file. */
  const take = async (count: number): Promise<Uint8Array> => {
    const out = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      if (!rest.length) {
        const { value, done } = await source.next();
        if (done) return out.subarray(0, filled);
        rest = value;
      }
      const part = rest.subarray(0, count - filled);
      out.set(part, filled);
      rest = rest.subarray(part.length);
      filled += part.length;
    }
    return out;
  };
  const first = await take(12);
  const end = npyHeaderEnd(first);
  if (end < 12 || end > MAX_HEADER) throw refused(`its header would end at byte ${end}`);
  const head = new Uint8Array(end);
  head.set(first);
  const others = await take(end - 12);
  if (others.length < end - 12) throw refused("the header is truncated");
  head.set(others, 12);
  const { shape, dtype, fortranOrder } = headerIn(head, end);
  if (dtype !== "u1" || fortranOrder || !shape.length) {
    throw refused(
      `expected u1 in row-major order, it is ${dtype}${fortranOrder ? ", column-major" : ""}`,
    );
  }
  const row = sizeOf(shape.slice(1));
  let left = shape[0];
  return {
    shape,
    async next(count) {
      const rows = Math.min(count, left);
      const bytes = await take(rows * row);
      if (bytes.length !== rows * row) {
        throw refused(`expected ${sizeOf(shape)} bytes, ${left * row - bytes.length} are missing`);
      }
      left -= rows;
      if (left === 0 && (await take(1)).length) throw refused("there are more bytes than elements");
      return bytes;
    },
    async [Symbol.asyncDispose]() {
      await source.return?.();
    },
  };
}

/** The element type that a NumPy type code (without byte order) stands for, as `f32` for `f4`. */
export function npyElementType(code: string): ElementType | undefined {
  return Object.hasOwn(types, code) ? types[code] : undefined;
}

/** A stored array as a float32 tensor; shares memory where it is float32 already. */
export function npyTensor({ shape, data }: NpyArray): Tensor {
  return { shape, data: data instanceof Float32Array ? data : new Float32Array(data) };
}

const codes = new Map<unknown, string>([
  [Uint8Array, "|u1"],
  [Int8Array, "|i1"],
  [Uint16Array, "<u2"],
  [Int16Array, "<i2"],
  [Uint32Array, "<u4"],
  [Int32Array, "<i4"],
  [BigUint64Array, "<u8"],
  [BigInt64Array, "<i8"],
  [Float16Array, "<f2"],
  [Float32Array, "<f4"],
  [Float64Array, "<f8"],
]);

/**
 * Writes a `.npy` file (version 1, little-endian, row-major) with the element type of the typed array.
 *
 * @param shape Needed for a typed array unless it has one axis; a tensor brings its own.
 * @throws {TypeError} When the elements do not fill the shape.
 * @example
 * ```ts
 * import { readNpy, writeNpy } from "@countergrade/countergrade/formats";
 * import { assertEquals } from "@std/assert";
 *
 * const { shape, dtype, data } = readNpy(writeNpy(Uint8Array.of(1, 2, 3, 4), [2, 2]));
 * assertEquals({ shape, dtype, data }, { shape: [2, 2], dtype: "u1", data: Uint8Array.of(1, 2, 3, 4) });
 * ```
 */
export function writeNpy(
  array: Tensor | ElementArray,
  shape?: readonly number[],
): Uint8Array<ArrayBuffer> {
  const elements = ArrayBuffer.isView(array) ? array : array.data;
  const lengths = shape ?? (ArrayBuffer.isView(array) ? [array.length] : array.shape);
  if (sizeOf(lengths) !== elements.length) {
    throw new TypeError(
      `Cannot write .npy: expected ${sizeOf(lengths)} elements for shape [${
        lengths.join(", ")
      }], ` +
        `current length is ${elements.length}`,
    );
  }
  const tuple = lengths.length === 1 ? `${lengths[0]},` : lengths.join(", ");
  const dict = `{'descr': '${codes.get(elements.constructor)}', 'fortran_order': False, ` +
    `'shape': (${tuple}), }`;
  // The header ends in a newline and is padded so that the elements start at a multiple of 64.
  const end = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const out = new Uint8Array(end + elements.byteLength).fill(0x20, 10, end);
  out.set([...magic, 1, 0]);
  new DataView(out.buffer).setUint16(8, end - 10, true);
  out.set(new TextEncoder().encode(dict), 10);
  out[end - 1] = 0x0a;
  out.set(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength), end);
  return out;
}
