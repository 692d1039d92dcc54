/** Byte order: numbers of big-endian files, turned round. */

/** A copy of `bytes` in which each group of `width` bytes is reversed. */
export function byteSwapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = bytes.slice();
  for (let at = 0; at + width <= out.length; at += width) out.subarray(at, at + width).reverse();
  return out;
}
