/** The file of API keys, read again whenever it changes. */

import { ApiKeys } from "./api_keys.ts";

/** How long the file must be quiet before it is read, in ms: editors write in several steps. */
const QUIET = 50;

/** Keys that follow a file. */
export class KeyFile implements Disposable {
  readonly #path: string;
  readonly #say: (text: string) => void;
  readonly #watcher: Deno.FsWatcher;
  readonly #listeners = new Set<() => void>();
  #keys: ApiKeys;
  #timer?: ReturnType<typeof setTimeout>;

  private constructor(path: string, keys: ApiKeys, say: (text: string) => void) {
    this.#path = path;
    this.#keys = keys;
    this.#say = say;
    // The folder, since a file that is replaced is another one.
    this.#watcher = Deno.watchFs(folderOf(path), { recursive: false });
    this.#watch();
  }

  /** Reads and follows a file; `say` is told what becomes of it. @throws {CountergradeError} When it has no keys. */
  static async open(path: string, say: (text: string) => void = console.error): Promise<KeyFile> {
    return new KeyFile(path, await ApiKeys.read(path), say);
  }

  /** The keys as they are now. */
  get keys(): ApiKeys {
    return this.#keys;
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Reads the file now. One that is gone or empty lets nobody in; one that is wrong changes nothing, and is told. */
  async reload(): Promise<void> {
    try {
      this.#keys = ApiKeys.parse(await Deno.readTextFile(this.#path));
      this.#say(`Read ${this.#keys.size} keys in ${this.#path}`);
    } catch (error) {
      const gone = error instanceof Deno.errors.NotFound;
      if (gone) this.#keys = new ApiKeys([]);
      const reason = gone ? "it is gone, nobody comes in" : (error as Error).message;
      this.#say(`Cannot use the keys in ${this.#path}: ${reason}`);
    }
    for (const listener of this.#listeners) listener();
  }

  async #watch(): Promise<void> {
    const name = this.#path.split("/").at(-1)!;
    for await (const { kind, paths } of this.#watcher) {
      // Mounted secrets are replaced by a link whose name begins with two dots.
      const ours = paths.some((path) => {
        const changed = path.split("/").at(-1)!;
        return changed === name || changed.startsWith("..");
      });
      if (!ours || kind === "access") continue;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.reload(), QUIET);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#watcher.close();
  }
}

function folderOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "." : path.slice(0, at) || "/";
}
