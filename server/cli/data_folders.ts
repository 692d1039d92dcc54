/** Where data sets are looked for: the folder that the user names, and the one in the home folder. */

import { resolve } from "node:path";

/** The folder of downloaded data sets in a home folder, an absolute path. Neither needs to exist yet. */
export async function downloadsIn(home: string): Promise<string> {
  return `${await Deno.realPath(home).catch(() => resolve(home))}/datasets`;
}
