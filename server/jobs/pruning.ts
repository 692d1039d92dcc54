/** A server that keeps its store small: what can be done without is removed now and then. */

import { type KeepOptions, prune, type Workspace } from "@countergrade/countergrade/jobs";

/** How often, in ms. */
const EVERY = 6 * 3_600_000;

/** Removes at once, and every six hours, what is older than is to be kept; until it is disposed. `say` hears what, and errors. */
export function keepPruned(
  workspace: Workspace,
  keep: KeepOptions,
  say: (text: string) => void,
): AsyncDisposable {
  let running = Promise.resolve();
  const run = () => {
    running = running.then(async () => {
      try {
        const { blobs, bytes } = await prune(workspace, keep);
        if (blobs > 0) say(`Removed ${blobs} files of ${(bytes / 1e6).toFixed(1)} MB`);
      } catch (error) {
        say(`Cannot prune the store: ${error instanceof Error ? error.message : error}`);
      }
    });
  };
  run();
  const timer = setInterval(run, EVERY);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
