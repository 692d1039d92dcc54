/** The shape that all pictures of a data set get. */

import { type Fit, readPicture } from "@countergrade/countergrade/images";
import type { Description } from "./description.ts";
import type { Folder } from "./folder.ts";

/** Pictures that are looked at for one that can be read. */
const TRIES = 10;

/** Size and fit as described; channels as described, else those of the first picture that can be read. */
export async function pictureShape(
  { path }: Folder,
  files: readonly string[],
  { imageSize, channels, fit }: Description,
): Promise<{ imageShape: [number, number, number]; fit: Fit }> {
  const count = channels ?? await channelsOf(path, files.slice(0, TRIES));
  return { imageShape: [count, imageSize, imageSize], fit };
}

async function channelsOf(folder: string, files: readonly string[]): Promise<number> {
  for (const file of files) {
    try {
      return (await readPicture(await Deno.readFile(`${folder}/${file}`))).shape[1];
    } catch {
      // The next one will do; this one is reported when its turn comes.
    }
  }
  return 1;
}
