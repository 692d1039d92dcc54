/** What killed processes leave in a home folder, removed once it is old: halves of checkpoints, locks of the dead. */

/** From which age on nobody can still be at work on a file, in ms. */
const AGE = 3_600_000;

/**
 * Removes halves of checkpoints (`checkpoints/*.part`) and locks that nobody holds (`owners/*.lock`, `owners/*.lock.new`), where
 * they are older than `age` ms. The jobs of the dead are taken back before: a lock that is gone tells the same as one that is free.
 */
export async function sweepLeftovers(home: string, age: number = AGE): Promise<void> {
  const before = Date.now() - age;
  await sweep(`${home}/checkpoints`, /\.part$/, before, () => Promise.resolve(true));
  await sweep(`${home}/owners`, /\.lock(\.new)?$/, before, isFree);
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
