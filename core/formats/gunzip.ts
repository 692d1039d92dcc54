/** The beginning of what a gzip file expands to: no more is computed than is asked for. */

import { createGunzip } from "node:zlib";
import { mostInflated } from "./inflate.ts";

/** What follows is still expanded up to this many bytes, so that the checksum at the end of an honest file is looked at. */
const TAIL = 65_536;

/**
 * The first `most` bytes, fewer where there are no more. Files of several members are one.
 *
 * @throws {Error} When the file is damaged or cut off before that.
 * @example
 * ```ts
 * import { gunzipStart } from "./gunzip.ts";
 * import { assertEquals } from "@std/assert";
 * import { gzipSync } from "node:zlib";
 *
 * const packed = gzipSync(Uint8Array.of(1, 2, 3));
 * assertEquals(await gunzipStart(packed, 2), Uint8Array.of(1, 2));
 * ```
 */
export async function gunzipStart(
  packed: Uint8Array,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(Math.min(most, mostInflated(packed.length)));
  const stream = createGunzip({ chunkSize: Math.min(2 ** 20, Math.max(TAIL, most)) });
  let length = 0;
  try {
    stream.end(packed);
    for await (const part of stream as AsyncIterable<Uint8Array>) {
      if (length < out.length) out.set(part.subarray(0, out.length - length), length);
      length += part.length;
      if (length > most + TAIL) break;
    }
  } finally {
    stream.destroy();
  }
  return out.subarray(0, length);
}
