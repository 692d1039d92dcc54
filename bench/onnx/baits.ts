/** Files that no model may read, in a folder of their own. */

/** Every number in a bait is at least this; what the models compute with stays far below. */
export const SECRET = 1e20;

const NAMES = ["keys.txt", "session.secret", "below/weights.bin"];

/** How a model may name them. */
export const BAITS: string[] = NAMES.flatMap((name) => [name, `./${name}`, `below/../${name}`]);

/** A new folder of baits. */
export async function baitFolder(): Promise<string> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countergrade-bait-" }));
  await Deno.mkdir(`${folder}/below`);
  const content = new Uint8Array(new Float32Array(64).fill(2 * SECRET).buffer);
  for (const name of NAMES) await Deno.writeFile(`${folder}/${name}`, content);
  return folder;
}
