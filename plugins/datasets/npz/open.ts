/** Opens a `.npz` file: decoded in memory where it is small, else through the cache of images. */

import { CountergradeError, FileSource, FormatError } from "@countergrade/countergrade";
import { openZip } from "@countergrade/countergrade/formats";
import { decodeNpz, failing, type Layout } from "./decode.ts";
import { MOST_EXPANDED, openLargeNpz } from "./large.ts";
import type { OpenedNpz } from "./opened.ts";
import { imagesOf } from "./pixels.ts";

/** Arrays of more bytes are not decoded in memory: 512 MiB. */
const MOST_IN_MEMORY = 2 ** 29;

/**
 * @param cache A folder for what does not fit into memory.
 * @param most Bytes that may be decoded in memory.
 * @throws {FormatError} When the file is damaged or no data set.
 * @throws {CountergradeError} LIMIT, when it is too large for memory and there is no cache, or holds volumes.
 */
export async function openNpzFile(
  id: string,
  path: string,
  layout: Layout,
  cache: string | undefined,
  most = MOST_IN_MEMORY,
): Promise<OpenedNpz> {
  const fail = failing(id);
  using file = await FileSource.open(path);
  try {
    const archive = openZip(file, { limit: MOST_EXPANDED });
    const expanded = archive.names.reduce((sum, name) => sum + archive.sizeOf(name)!, 0);
    if (expanded <= most) return await inMemory(id, path, layout);
    if (cache !== undefined && !layout.slices) {
      return await openLargeNpz(id, path, layout, cache);
    }
    throw new CountergradeError(
      "LIMIT",
      `Cannot open "${id}": its arrays take ${expanded} bytes, in memory ${most} are allowed, and there is ` +
        (layout.slices ? "no other way for volumes" : "no cache folder to unpack them into"),
    );
  } catch (error) {
    if (!(error instanceof FormatError) || error.message.startsWith("Cannot read data set")) {
      throw error;
    }
    return fail(error.message);
  }
}

async function inMemory(id: string, path: string, layout: Layout): Promise<OpenedNpz> {
  const bytes = await Deno.readFile(path);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const { imageShape, perVolume, splits, pixels, dtype, columns } = decodeNpz(id, bytes, layout);
  const [black, white] = pixels.range;
  return {
    ...dtype !== "u1" && {
      notes: [`Its numbers are of type ${dtype}; ${black} is black and ${white} is white`],
    },
    imageShape,
    perVolume,
    columns,
    labels: new Map(Array.from(splits, ([name, { labels }]) => [name, labels])),
    fingerprint: `sha256:${hash.toHex()}`,
    // async, so that errors come as rejections.
    // deno-lint-ignore require-await
    images: async (split, indices) =>
      imagesOf(splits.get(split)!.pixels, imageShape, indices, pixels),
  };
}
