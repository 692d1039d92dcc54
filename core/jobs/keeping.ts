/** What a store keeps: damage is found, and what nothing needs any more is removed. */

import type { Forgotten } from "./store.ts";
import type { Workspace } from "./workspace.ts";

/** A file that is not what it should be. */
export interface Damage {
  /** The artifact, or the name of the checkpoint. */
  readonly of: string;
  /** The name of the file in it. */
  readonly file: string;
  /** The name of the blob. */
  readonly blob: string;
  /** Whether it is not there, or has other content than it was stored with. */
  readonly problem: "missing" | "damaged";
}

/** How many artifacts are looked at, at a time. */
const PAGE = 200;

/**
 * Reads every file of every artifact and compares it with its hash. Files of models that are got when they are first used are not
 * missing.
 *
 * @param signal Ends it.
 */
export async function* damageIn(
  { store, blobs }: Workspace,
  signal?: AbortSignal,
): AsyncGenerator<Damage> {
  let after: string | undefined;
  while (true) {
    const { items, more } = await store.artifacts.list({ order: "oldest", first: PAGE, after });
    for (const { id, files } of items) {
      for (const [file, blob] of Object.entries(files)) {
        signal?.throwIfAborted();
        if (await blobs.isIntact(blob) || blobs.isElsewhere(blob)) continue;
        const problem = await blobs.has(blob) ? "damaged" : "missing";
        yield { of: id, file, blob, problem };
      }
    }
    if (!more) return;
    after = items.at(-1)!.id;
  }
}

/** What is to be kept. */
export interface KeepOptions {
  /** Jobs that ended since then keep their events, and unfinished ones their checkpoints. */
  readonly days: number;
  /** Where files take more than that, in bytes, `days` counts as 0. */
  readonly bytes?: number;
  /** The time, in ms. */
  readonly now?: number;
}

/** What was removed. */
export interface Pruned extends Forgotten {
  /** Files that nothing names any more. */
  readonly blobs: number;
  /** Their size. */
  readonly bytes: number;
}

/** How old a file must be to be removed, in ms: what it belongs to may not be stored yet. */
const YOUNG = 3_600_000;
const DAY = 86_400_000;

/**
 * Removes what can be done without: events (but the last) of jobs that ended long ago, noise images, which are computed again where
 * they are missing, checkpoints that nobody goes on from, and files that nothing names, as previews of these events. Results stay,
 * with all that they name.
 */
export async function prune(
  { store, blobs }: Workspace,
  { days, bytes = Infinity, now = Date.now() }: KeepOptions,
): Promise<Pruned> {
  const files = await Array.fromAsync(blobs.list());
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const time = total > bytes ? now : Math.max(0, now - days * DAY);
  const before = new Date(time).toISOString();
  const forgotten = await store.keeping.forget(before);
  const named = new Set<string>();
  let part: { names: readonly string[]; next?: string } | undefined;
  do {
    part = await store.keeping.named(part?.next);
    for (const name of part.names) named.add(name);
    // Whoever asks meanwhile need not wait for all of it.
    await new Promise((resolve) => setTimeout(resolve));
  } while (part.next !== undefined);
  const gone = files.filter(({ name, modified }) => !named.has(name) && modified < now - YOUNG);
  for (const { name } of gone) await blobs.remove(name);
  return {
    ...forgotten,
    blobs: gone.length,
    bytes: gone.reduce((sum, { size }) => sum + size, 0),
  };
}
