/** Safetensors: named tensors in one file, readable from Python, Rust and JavaScript without running anything. */

import { type ByteSource, bytesSource } from "../byte_source.ts";
import { elementBytes, type ElementType, float32Of } from "./element.ts";
import { sizeOf, type StoredTensor, type Tensor } from "../tensor.ts";
import { refusal } from "../refusal.ts";

const refused = refusal("Cannot read safetensors");

/** The longest header that is read, in bytes; the limit of the format's own implementation. */
const maxHeaderBytes = 100_000_000;

const dtypes: Readonly<Record<string, ElementType>> = {
  BOOL: "bool",
  U8: "u8",
  I8: "i8",
  I16: "i16",
  U16: "u16",
  I32: "i32",
  U32: "u32",
  I64: "i64",
  U64: "u64",
  F16: "f16",
  BF16: "bf16",
  F32: "f32",
  F64: "f64",
};

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** In the order of the file. */
  readonly tensors: Map<string, Tensor>;
  /** The texts of `__metadata__`, by name; empty where there are none. */
  readonly metadata: Record<string, string>;
}

/** One tensor as the header describes it. */
interface Entry {
  readonly name: string;
  /** Undefined where it is none of those that are read. */
  readonly type: ElementType | undefined;
  readonly dtype: string;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file. Every element type becomes float32 (F16 and BF16 exactly, F64 and large integers rounded).
 * F32 tensors are views on `bytes` where aligned: keep `bytes` unchanged.
 *
 * @throws {FormatError} When the header is damaged or beyond 100 MB, an element type is unknown, or the tensors' byte
 * ranges do not match their shapes and cover the rest of the file without gap or overlap.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { tensors, metadata } = openSafetensors(bytesSource(bytes));
  return {
    tensors: new Map([...tensors].map(([name, stored]) => [name, stored.read()])),
    metadata,
  };
}

/** As {@linkcode readSafetensors}, but each tensor is read when it is asked for; its element type matters only then. */
export function openSafetensors(
  source: ByteSource,
): { tensors: Map<string, StoredTensor>; metadata: Record<string, string> } {
  if (source.size < 8) {
    throw refused(`expected at least 8 bytes, current length is ${source.size}`);
  }
  const start = source.read(0, 8);
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (length > maxHeaderBytes) {
    throw refused(`expected a header of at most ${maxHeaderBytes} bytes, it says ${length}`);
  }
  if (length > source.size - 8) {
    throw refused(`expected ${length} bytes of header, the file has ${source.size - 8}`);
  }
  const data = 8 + length;
  const header = parseHeader(source.read(8, data));
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => parseEntry(name, value));
  checkRanges(entries, source.size - data);
  return {
    tensors: new Map(
      entries.map(({ name, type, dtype, shape, start, end }) => [
        name,
        {
          shape,
          read() {
            if (!type) throw foreignType(name, dtype);
            return { shape, data: float32Of(type, source.read(data + start, data + end)) };
          },
        },
      ]),
    ),
    metadata: parseMetadata(header["__metadata__"]),
  };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw refused("the header is not JSON", error);
  }
  if (!isRecord(header)) throw refused("expected the header to be a JSON object");
  return header;
}

function parseMetadata(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === "string")) {
    throw refused("expected __metadata__ to map names to texts");
  }
  return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: range } = isRecord(value) ? value : {};
  const type = typeof dtype === "string" && Object.hasOwn(dtypes, dtype)
    ? dtypes[dtype]
    : undefined;
  if (typeof dtype !== "string") throw foreignType(name, dtype);
  if (!isCounts(shape)) throw refused(`tensor "${name}": expected a shape of whole numbers`);
  if (!isCounts(range) || range.length !== 2) {
    throw refused(`tensor "${name}": expected data_offsets [start, end]`);
  }
  const [start, end] = range;
  // Only tensors that are taken have to be of a type that is read; of others the range says how long they are.
  const needed = type ? sizeOf(shape) * elementBytes(type) : end - start;
  if (end - start !== needed) {
    throw refused(
      `tensor "${name}": expected ${needed} bytes for ${dtype} of shape [${shape.join(", ")}], ` +
        `its range has ${end - start}`,
    );
  }
  return { name, type, dtype, shape, start, end };
}

function foreignType(name: string, dtype: unknown) {
  return refused(
    `tensor "${name}": expected an element type of ${Object.keys(dtypes).join(", ")}, ` +
      `current type is ${JSON.stringify(dtype)}`,
  );
}

/** The format asks for ranges that cover the data exactly, so that nothing can hide between tensors. */
function checkRanges(entries: readonly Entry[], length: number): void {
  let covered = 0;
  for (
    const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)
  ) {
    if (start !== covered) {
      throw refused(
        `tensor "${name}": expected to start at byte ${covered}, it starts at ${start} ` +
          `(${start < covered ? "overlap" : "gap"})`,
      );
    }
    covered = end;
  }
  if (covered !== length) {
    throw refused(`expected ${covered} bytes of tensors, the file has ${length}`);
  }
}

/**
 * Writes a safetensors file. Tensors and metadata are sorted by name and the header is padded to a multiple of 8, so
 * the same content always gives the same bytes. Stored tensors are read one after the other, so that at no time more than
 * the result and one tensor is in memory.
 *
 * @param dtype How the elements are stored; `F16` rounds to half precision.
 * @throws {RangeError} When a finite element does not fit F16 (beyond ±65,504).
 * @throws {TypeError} When a name occurs twice or is `__metadata__`.
 * @example
 * ```ts
 * import { tensor } from "@countergrade/countergrade";
 * import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = writeSafetensors({ w: tensor([2], [1, -2]) }, { step: "7" });
 * const { tensors, metadata } = readSafetensors(bytes);
 * assertEquals(tensors.get("w"), tensor([2], [1, -2]));
 * assertEquals(metadata, { step: "7" });
 * ```
 */
export function writeSafetensors(
  tensors:
    | Iterable<[string, Tensor | StoredTensor]>
    | Readonly<Record<string, Tensor | StoredTensor>>,
  metadata: Readonly<Record<string, string>> = {},
  dtype: "F32" | "F16" = "F32",
): Uint8Array<ArrayBuffer> {
  const list =
    (Symbol.iterator in tensors
      ? [...tensors as Iterable<[string, Tensor | StoredTensor]>]
      : Object.entries(tensors)).toSorted(byName);
  const width = elementBytes(dtypes[dtype]);
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length) {
    header.set("__metadata__", Object.fromEntries(Object.entries(metadata).toSorted(byName)));
  }
  let end = 0;
  for (const [name, { shape }] of list) {
    if (header.has(name) || name === "__metadata__") {
      throw new TypeError(`Cannot write safetensors: the name "${name}" is taken`);
    }
    const start = end;
    end += sizeOf(shape) * width;
    header.set(name, { dtype, shape, data_offsets: [start, end] });
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(8 + headerBytes + end).fill(0x20, 8 + text.length, 8 + headerBytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes), true);
  out.set(text, 8);
  let offset = 8 + headerBytes;
  for (const [name, value] of list) {
    const { shape, data } = "read" in value ? value.read() : value;
    if (sizeOf(value.shape) !== data.length) {
      throw new TypeError(
        `Cannot write safetensors: tensor "${name}": expected ${sizeOf(value.shape)} elements ` +
          `for shape [${shape.join(", ")}], current length is ${data.length}`,
      );
    }
    const elements = dtype === "F16" ? halves(name, data) : data;
    out.set(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength), offset);
    offset += elements.byteLength;
  }
  return out;
}

function halves(name: string, data: Float32Array): Float16Array {
  const out = new Float16Array(data);
  const at = out.findIndex((half, i) => Math.abs(half) === Infinity && Number.isFinite(data[i]));
  if (at < 0) return out;
  throw new RangeError(
    `Cannot write safetensors: tensor "${name}": expected values within ±65504 for F16, ` +
      `element ${at} is ${data[at]}`,
  );
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
