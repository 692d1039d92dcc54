/** Whether a file or folder lies inside another, wherever links lead. */

/**
 * The real path of `name` inside `folder`; undefined where there is none, or it leads out of the folder.
 *
 * @example
 * ```ts
 * import { pathWithin } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await pathWithin("/tmp", "../etc"), undefined);
 * ```
 */
export async function pathWithin(folder: string, name: string): Promise<string | undefined> {
  if (name.includes("\0")) return undefined;
  try {
    const outer = await Deno.realPath(folder);
    const path = await Deno.realPath(`${outer}/${name}`);
    const separator = path.includes("\\") ? "\\" : "/";
    return path.startsWith(outer.endsWith(separator) ? outer : outer + separator)
      ? path
      : undefined;
  } catch {
    return undefined;
  }
}
