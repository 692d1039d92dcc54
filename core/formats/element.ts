/** Element types of stored arrays: how many bytes each takes and how it becomes a typed array or float32. */

/** A typed array that a stored array can be read as. */
export type ElementArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Float16Array
  | Float32Array
  | Float64Array;

/** One element type: its typed array. `brain` marks bfloat16, the upper half of a float32. */
interface Rule {
  readonly array: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBuffer, byteOffset: number, length: number): ElementArray;
  };
  readonly brain?: true;
}

const rules = {
  bool: { array: Uint8Array },
  u8: { array: Uint8Array },
  i8: { array: Int8Array },
  u16: { array: Uint16Array },
  i16: { array: Int16Array },
  u32: { array: Uint32Array },
  i32: { array: Int32Array },
  u64: { array: BigUint64Array },
  i64: { array: BigInt64Array },
  f16: { array: Float16Array },
  bf16: { array: Uint16Array, brain: true },
  f32: { array: Float32Array },
  f64: { array: Float64Array },
} satisfies Record<string, Rule>;

/** The name of an element type, as `f32` or `bf16`. */
export type ElementType = keyof typeof rules;

/** The bytes that one element takes. */
export function elementBytes(type: ElementType): number {
  return rules[type].array.BYTES_PER_ELEMENT;
}

/**
 * Little-endian `bytes` as the typed array of `type` (bfloat16 as its 16-bit patterns). A view where the address is
 * aligned, else a copy. Every platform that Deno runs on is little-endian.
 *
 * @throws {RangeError} When the bytes are no whole number of elements.
 */
export function elementsOf(type: ElementType, bytes: Uint8Array): ElementArray {
  const { array: Elements } = rules[type];
  const size = Elements.BYTES_PER_ELEMENT;
  if (bytes.byteLength % size !== 0) {
    throw new RangeError(
      `Cannot read ${type}: expected a multiple of ${size} bytes, current length is ${bytes.byteLength}`,
    );
  }
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new Elements(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / size);
}

/**
 * Little-endian `bytes` of any element type as float32. Smaller types are widened exactly; float64 and integers beyond
 * 2²⁴ are rounded to the nearest float32. Float32 that is aligned stays a view on `bytes`.
 *
 * @example
 * ```ts
 * import { float32Of } from "./element.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(float32Of("bf16", Uint8Array.of(0xc0, 0x3f)), Float32Array.of(1.5));
 * ```
 */
export function float32Of(type: ElementType, bytes: Uint8Array): Float32Array {
  const elements = elementsOf(type, bytes);
  if (elements instanceof Float32Array) return elements;
  if (type === "bf16") {
    return new Float32Array(Uint32Array.from(elements as Uint16Array, (half) => half << 16).buffer);
  }
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) {
    const out = new Float32Array(elements.length);
    for (let i = 0; i < out.length; i++) out[i] = Number(elements[i]);
    return out;
  }
  return new Float32Array(elements);
}
