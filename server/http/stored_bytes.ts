/** How many bytes a folder holds: counted by walking through it, so not at every question. */

/** How long a count is good, in ms. */
const FRESH = 60_000;

/** The size of a folder with folders of files. */
export class StoredBytes {
  readonly #folder: string;
  #counted = -Infinity;
  #total: Promise<number> = Promise.resolve(0);

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** In bytes, a minute old at most. */
  async total(): Promise<number> {
    const now = performance.now();
    if (now - this.#counted > FRESH) {
      this.#counted = now;
      this.#total = bytesIn(this.#folder);
    }
    return await this.#total;
  }
}

async function bytesIn(folder: string): Promise<number> {
  let total = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) total += await bytesIn(path);
      // A file may be renamed to its final name meanwhile.
      else total += (await Deno.stat(path).catch(() => undefined))?.size ?? 0;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return total;
}
