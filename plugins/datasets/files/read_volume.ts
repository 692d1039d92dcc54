/** From a scan to the cubes that a data set keeps of it. */

import type { Volume } from "@countergrade/countergrade/formats";
import { cubeAt, evenScan, type SourceImages } from "@countergrade/countergrade/images";
import type { Item, VolumeSource } from "./source.ts";

/**
 * The cube around the middle of a scan.
 *
 * @throws {FormatError} When it has several volumes or a single slice.
 */
export function readVolume(
  { imageShape: [, side], spacing, intensity, item }: VolumeSource,
  scan: Volume,
): SourceImages<Item> & { readonly channels: number } {
  const even = evenScan(scan, spacing, intensity);
  const { images, affine } = cubeAt(even, side);
  const taken = `${even.taken}; ${side} voxels each way around the middle`;
  return { images, channels: 1, items: [{ ...item, taken, warning: even.warning, affine }] };
}
