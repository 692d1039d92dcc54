/** Deflated bytes, expanded within a bound: what would grow beyond it is left at the bound, not computed to its end. */

import { inflateRawSync, inflateSync } from "node:zlib";

/** Deflate cannot do better than 1:1032, so no room is made for what is said to be more. */
const BEST_RATIO = 1032;

/**
 * The most bytes that a deflated stream can become.
 *
 * @example
 * ```ts
 * import { mostInflated } from "./inflate.ts";
 * import { assert } from "@std/assert";
 *
 * assert(mostInflated(1000) < 1.1e6);
 * ```
 */
export function mostInflated(packedBytes: number): number {
  return packedBytes * BEST_RATIO + 64;
}

/**
 * Expands a zlib stream, or with `raw` a deflate stream without zlib's frame.
 *
 * @throws {RangeError} When it has more than `most` bytes, as soon as that is known.
 * @throws {Error} When it is damaged or cut off.
 */
export function inflate(
  packed: Uint8Array,
  most: number,
  { raw = false }: { raw?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  // One chunk with a byte to spare: the result is not copied together, and what fills it is too long.
  const options = { maxOutputLength: Math.max(1, most), chunkSize: Math.max(64, most + 1) };
  const { buffer, byteOffset, length } = raw
    ? inflateRawSync(packed, options)
    : inflateSync(packed, options);
  if (length > most) throw new RangeError(`expected at most ${most} bytes, it has more`);
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
}
