/** What killed processes leave in a home folder, removed once it is old: locks of the dead, and checkpoints of 0.1. */

/** From which age on nobody can still be at work on a file, in ms. */
const AGE = 3_600_000;
/** How long a checkpoint of 0.1 may still be gone on from, in ms. */
const KEPT = 30 * 24 * 3_600_000;

/**
 * Removes locks that nobody holds (`owners/*.lock`, `owners/*.lock.new`) where they are older than `age` ms, and what 0.1 has left in
 * `checkpoints` after `kept` ms. The jobs of the dead are taken back before: a lock that is gone tells the same as one that is free.
 */
export async function sweepLeftovers(
  home: string,
  age: number = AGE,
  kept: number = KEPT,
): Promise<void> {
  const now = Date.now();
  await sweep(`${home}/checkpoints`, /./, now - kept, () => Promise.resolve(true));
  await sweep(`${home}/owners`, /\.lock(\.new)?$/, now - age, isFree);
}

async function sweep(
  folder: string,
  name: RegExp,
  before: number,
  may: (path: string) => Promise<boolean>,
): Promise<void> {
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = `${folder}/${entry.name}`;
      if (!entry.isFile || !name.test(entry.name)) continue;
      // Another process may sweep at the same time.
      const { mtime } = await Deno.stat(path).catch(() => ({ mtime: null }));
      if (mtime && mtime.getTime() <= before && await may(path)) {
        await Deno.remove(path).catch(() => {});
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function isFree(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path, { write: true });
    return await file.tryLock(true);
  } catch {
    return false;
  }
}
