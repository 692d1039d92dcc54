/** Watching the files of plugins while they are written. */

import type { PluginEntry } from "@countergrade/countergrade";

/** How long nothing must change before a change counts, in ms: editors write in several steps. */
const QUIET = 200;

/** What a plugin's author writes; the database and other files beside it are not. */
const SOURCE = /\.(ts|tsx|js|mjs|json)$/;

/**
 * Calls `changed` after changes of source files in the folders of those plugins that are files, once per burst, until it is
 * disposed. Files in `home`, in node_modules and in hidden folders do not count.
 */
export function watchPlugins(
  entries: readonly (string | PluginEntry)[],
  home: string,
  changed: () => void,
): Disposable {
  const paths = entries.map((entry) => typeof entry === "string" ? entry : entry.use)
    .filter((use) => /^file:|^\.{0,2}\//.test(use) || SOURCE.test(use))
    .filter((use) => !/^(npm|jsr):/.test(use))
    .map((use) => new URL(".", new URL(use, `file://${Deno.cwd()}/`)).pathname);
  if (!paths.length) return { [Symbol.dispose]: () => {} };
  const hidden = new URL(`${home}/`, `file://${Deno.cwd()}/`).pathname;
  const counts = (path: string) =>
    SOURCE.test(path) && !path.startsWith(hidden) && !/\/(node_modules|\.[^/]*)\//.test(path);
  const watcher = Deno.watchFs([...new Set(paths)]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  (async () => {
    for await (const { kind, paths } of watcher) {
      if (kind === "access" || !paths.some(counts)) continue;
      clearTimeout(timer);
      timer = setTimeout(changed, QUIET);
    }
  })();
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
