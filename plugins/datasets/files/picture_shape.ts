/** How all pictures, or volumes, of a data set are made: their shape, and what else the description says of them. */

import { valueRangeOf } from "@countergrade/countergrade/images";
import type { Description } from "./description.ts";
import type { Folder } from "./folder.ts";
import { ReadPool } from "./read_pool.ts";
import type { PictureSource, VolumeSource } from "./source.ts";

/** Pictures that are looked at for one that can be read. */
const TRIES = 10;

/** What is the same for all picture sources of a folder. */
export type PictureMaking = Omit<PictureSource, "file" | "item">;

/** What is the same for all volumes of a folder. */
export type VolumeMaking = Omit<VolumeSource, "file" | "item">;

/** Channels as described, else those of the first picture that can be read; the rest as described. */
export async function pictureMaking(
  { path }: Folder,
  files: readonly string[],
  { imageSize, channels, fit, intensity, slice, volume }: Description,
): Promise<PictureMaking | VolumeMaking> {
  const values = intensity === undefined ? undefined : valueRangeOf(intensity);
  if (volume) {
    const imageShape = [1, imageSize, imageSize, imageSize] as const;
    return { kind: "volume", folder: path, imageShape, spacing: volume.spacing, intensity: values };
  }
  const making = (count: number): PictureMaking => ({
    kind: "picture",
    folder: path,
    imageShape: [count, imageSize, imageSize],
    fit,
    intensity: values,
    slice: { plane: slice?.plane ?? "axial", at: slice?.at ?? 0.5 },
  });
  return making(channels ?? await channelsOf(making(3), files.slice(0, TRIES)));
}

/** Read in colors, a gray picture has the same in all of them. */
async function channelsOf(making: PictureMaking, files: readonly string[]): Promise<number> {
  using pool = new ReadPool(making.folder);
  for (const file of files) {
    const reading = await pool.read({ ...making, file, item: { id: file, label: 0 } });
    // One that cannot be read is reported when its turn comes.
    if ("images" in reading) return reading.channels ?? 1;
  }
  return 1;
}
