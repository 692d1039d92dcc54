/** Drawn `.npz` files for the tests of the data set plugin. */

import { writeNpz } from "@countergrade/countergrade/formats";
import { npz } from "../../../../plugins/datasets/npz/mod.ts";

/** Arrays by name. */
export type Arrays = Parameters<typeof writeNpz>[0];

/** Five images of 2 × 3 pixels in two splits; image i of a split starts with intensity 10 i. */
export function arrays(channels?: number): Arrays {
  const images = (n: number) => ({
    shape: [n, 2, 3, ...(channels ? [channels] : [])],
    data: Uint8Array.from({ length: n * 6 * (channels ?? 1) }, (_, i) => i),
  });
  return {
    train_images: images(3),
    train_labels: { shape: [3, 1], data: Uint8Array.of(0, 1, 2) },
    test_images: images(2),
    test_labels: { shape: [2], data: BigInt64Array.of(3n, 0n) },
  };
}

/** A folder for a test, gone after it. */
export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes an archive of arrays. */
export function write(folder: string, name: string, content: Arrays): Promise<void> {
  return Deno.writeFile(`${folder}/${name}`, writeNpz(content, { compress: true }));
}

/** Opens a data set of a folder. */
export const open = (folder: string, id: string, options = {}) =>
  npz.open(id, options, { roots: [folder] });

/** Three volumes of 4 slices of 2 × 2 pixels; the slice in the middle is the third, pixels count up. */
export const volumes = (): Arrays => ({
  train_images: { shape: [2, 4, 2, 2], data: Uint8Array.from({ length: 32 }, (_, i) => i) },
  train_labels: { shape: [2, 1], data: Uint8Array.of(1, 0) },
  val_images: { shape: [1, 4, 2, 2], data: Uint8Array.from({ length: 16 }, (_, i) => 100 + i) },
  val_labels: { shape: [1, 1], data: Uint8Array.of(1) },
});

/** The pixels as they were stored. */
export const bytesOf = (images: { data: Float32Array }) =>
  Array.from(images.data, (x) => Math.round((x + 1) * 127.5));
