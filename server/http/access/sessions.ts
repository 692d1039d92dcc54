/** Sessions that keys have opened: tokens that browsers keep, of which the server knows hashes. */

import { createHash } from "node:crypto";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { ApiKey, ApiKeys } from "./api_keys.ts";

/** How long a session lasts, in s. */
export const SESSION_LIFE = 7 * 24 * 3600;

/** The open sessions, in a file that has nothing to let anybody in: who reads it knows no token. */
export class Sessions implements Disposable {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #find: StatementSync;

  /** `path` is made where it is missing; `:memory:` forgets. `now` gives the time in ms. */
  constructor(path: string, now: () => number = Date.now) {
    this.#now = now;
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      PRAGMA busy_timeout = 5000;
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS sessions (
        token TEXT PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL, ends INTEGER NOT NULL
      ) STRICT`);
    this.#find = this.#database.prepare("SELECT name, key, ends FROM sessions WHERE token = ?");
  }

  /** As the constructor, for a file that others on this machine do not read. */
  static async open(path: string): Promise<Sessions> {
    (await Deno.open(path, { create: true, write: true, mode: 0o600 })).close();
    return new Sessions(path);
  }

  /** Opens a session of a key and returns its token. */
  begin({ name, hash }: ApiKey): string {
    const now = this.#seconds();
    const token = crypto.getRandomValues(new Uint8Array(32)).toHex();
    this.#database.prepare("DELETE FROM sessions WHERE ends <= ?").run(now);
    this.#database.prepare("INSERT INTO sessions (token, name, key, ends) VALUES (?, ?, ?, ?)")
      .run(hashOf(token), name, hash, now + SESSION_LIFE);
    return token;
  }

  /** The key of a session. When the key goes or changes, its sessions are no longer any. */
  keyOf(token: string, keys: ApiKeys): ApiKey | undefined {
    const found = this.#find.get(hashOf(token));
    if (!found || Number(found.ends) <= this.#seconds()) return undefined;
    const key = keys.named(String(found.name));
    return key?.hash === found.key ? key : undefined;
  }

  /** Ends a session; what is none already stays so. */
  end(token: string): void {
    this.#database.prepare("DELETE FROM sessions WHERE token = ?").run(hashOf(token));
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** Tokens have 256 random bits: no salt makes them safer, and looking for a hash tells nothing of the token. */
function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
