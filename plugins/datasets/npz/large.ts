/** A `.npz` file whose images do not fit into memory: unpacked once, block by block, into the cache of images. */

import { FileSource, type Labels } from "@countergrade/countergrade";
import {
  type NpyRows,
  openNpyRows,
  openZip,
  readNpy,
  type ZipArchive,
} from "@countergrade/countergrade/formats";
import { type ImageCache, openImageCache } from "@countergrade/countergrade/images";
import { sha256 } from "@countergrade/countergrade/jobs";
import { columnsOf } from "./columns.ts";
import {
  checkCount,
  checkShape,
  type Fail,
  failing,
  type Kind,
  kindOf,
  labelsOf,
  type Layout,
  splitsIn,
} from "./decode.ts";
import type { OpenedNpz, Watched } from "./opened.ts";
import { BYTES, imagesOf } from "./pixels.ts";

/** The most bytes that the arrays of a file may have: 32 GiB, which the cache keeps in 64. */
export const MOST_EXPANDED = 2 ** 35;

/** Bytes of an array that may be a column. */
const MOST_OF_COLUMN = 2 ** 24;

/** Numbers of a block that are in memory at once. */
const BLOCK = 2 ** 22;

/** Numbers of an image: 4096 × 4096 in color. */
const MOST_PER_IMAGE = 3 * 2 ** 24;

/** Images of a split that are read from it in their order. */
interface Part {
  readonly name: string;
  readonly start: number;
  readonly count: number;
}

/**
 * Opens a file of images: reads its labels. The images are unpacked into `cache` by `prepare`, or when some are asked for.
 *
 * @throws {FormatError} As `decodeNpz`; what is wrong with the images shows when some are asked for.
 */
export async function openLargeNpz(
  id: string,
  path: string,
  layout: Layout,
  cache: string,
): Promise<OpenedNpz> {
  const fail = failing(id);
  using file = await FileSource.open(path);
  const archive = openZip(file, { limit: MOST_EXPANDED });
  const fingerprint = fingerprintOf(archive);
  const parts = new Map<string, Part>();
  const labels = new Map<string, Labels>();
  let first: Kind | undefined;
  let start = 0;
  for (const name of splitsIn(archive.names.map((entry) => entry.replace(/\.npy$/, "")))) {
    await using rows = await rowsOf(archive, name, fail);
    const { shape } = rows;
    const kind = kindOf({ shape, dtype: "u1" }, `${name}_images`, layout, fail);
    first ??= kind;
    checkShape(first, kind, name, fail);
    const key = `${name}_labels`;
    const array = readNpy(archive.get(entryOf(archive, key, fail)));
    labels.set(name, labelsOf(array, key, layout, fail));
    checkCount(shape[0], labels.get(name)!, name, fail);
    parts.set(name, { name, start, count: shape[0] });
    start += shape[0];
  }
  const { imageShape } = first!;
  const unpackAll = async (watched: Watched) => {
    using file = await FileSource.open(path);
    const archive = openZip(file, { limit: MOST_EXPANDED });
    if (fingerprintOf(archive) !== fingerprint) fail("the file has changed since it was opened");
    const key = `${id.replace(/[^\w-]/g, "_")}-${fingerprint.slice(0, 24)}`;
    return await unpack(archive, [...parts.values()], first!, {
      folder: cache,
      key,
      ...watched,
    }, fail);
  };
  let unpacked: Promise<ImageCache<null>> | undefined;
  const ready = async (watched: Watched = {}): Promise<ImageCache<null>> => {
    unpacked ??= unpackAll(watched);
    try {
      return await unpacked;
    } catch (error) {
      unpacked = undefined;
      throw error;
    }
  };
  const columns = columnsOf(
    archive.names.map((entry) => entry.replace(/\.npy$/, "")),
    new Map(Array.from(parts, ([name, { count }]) => [name, count])),
    (key) => {
      const entry = `${key}.npy`;
      // Beside a million images a column of float64 takes 8 MB.
      return archive.sizeOf(entry)! <= MOST_OF_COLUMN ? readNpy(archive.get(entry)) : undefined;
    },
  );
  return {
    imageShape,
    perVolume: 1,
    columns,
    labels,
    fingerprint: `npz:${fingerprint}`,
    async prepare(watched) {
      await ready(watched);
    },
    async images(split, indices) {
      const images = await ready();
      try {
        return await images.get(indices.map((i) => parts.get(split)!.start + i));
      } catch (error) {
        // Another process may have made room: the next call unpacks again.
        unpacked = undefined;
        throw error;
      }
    },
  };
}

/** What the directory says about the contents, checksums among it. */
function fingerprintOf(archive: ZipArchive): string {
  const entries = archive.names.map((name) => [name, archive.sizeOf(name), archive.crcOf(name)]);
  return sha256(JSON.stringify(entries));
}

/** The images of all splits, one after the other, in the cache. */
async function unpack(
  archive: ZipArchive,
  parts: readonly Part[],
  { imageShape, planar }: Kind,
  where: { folder: string; key: string } & Watched,
  fail: Fail,
): Promise<ImageCache<null>> {
  const size = imageShape.reduce((a, b) => a * b);
  const perBlock = Math.max(1, Math.floor(BLOCK / size));
  const blocks = parts.flatMap((part) =>
    Array.from({ length: Math.ceil(part.count / perBlock) }, () => part)
  );
  let open: { part: Part; rows: NpyRows } | undefined;
  await using _last = {
    [Symbol.asyncDispose]: async () => await open?.rows[Symbol.asyncDispose](),
  };
  return await openImageCache<null>({
    ...where,
    imageShape,
    sources: blocks.length,
    // Blocks follow each other in the file, so they are read one at a time.
    atOnce: 1,
    async read(block) {
      const part = blocks[block];
      if (open?.part !== part) open = { part, rows: await rowsOf(archive, part.name, fail) };
      const pixels = await open.rows.next(perBlock);
      const images = imagesOf(
        pixels,
        imageShape,
        Array.from({ length: pixels.length / size }, (_, i) => i),
        { ...BYTES, planar },
      );
      return { images, items: Array(images.shape[0]).fill(null) };
    },
  });
}

/** @throws {FormatError} Also when the header speaks of more than there is, before anything is made for it. */
async function rowsOf(archive: ZipArchive, name: string, fail: Fail): Promise<NpyRows> {
  const entry = entryOf(archive, `${name}_images`, fail);
  const rows = await openNpyRows(archive.chunks(entry));
  const image = rows.shape.slice(1).reduce((a, b) => a * b, 1);
  if (image <= MOST_PER_IMAGE && image * rows.shape[0] <= archive.sizeOf(entry)!) return rows;
  await rows[Symbol.asyncDispose]();
  return fail(
    `expected ${name}_images of at most ${MOST_PER_IMAGE} numbers each, and no more than the file has, ` +
      `they are [${rows.shape.join(", ")}]`,
  );
}

function entryOf(archive: ZipArchive, key: string, fail: Fail): string {
  const entry = `${key}.npy`;
  if (archive.names.includes(entry)) return entry;
  return fail(`expected an array "${key}", the file has ${archive.names.join(", ") || "none"}`);
}
