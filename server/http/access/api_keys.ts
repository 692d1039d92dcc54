/** API keys: a file of names, scopes and hashes, so that whoever reads it cannot use them. */

import { createHash, timingSafeEqual } from "node:crypto";
import { CountergradeError, FormatError } from "@countergrade/countergrade";
import { type Scope, SCOPES } from "./caller.ts";

/** A key as the server knows it. */
export interface ApiKey {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** SHA-256 of the key, in hexadecimal digits. */
  readonly hash: string;
}

/** Names of keys: they stand in cookies, logs and jobs. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const HASH = /^[0-9a-f]{64}$/;

/** The keys of a server. */
export class ApiKeys {
  readonly #keys: readonly ApiKey[];

  constructor(keys: readonly ApiKey[]) {
    this.#keys = keys;
  }

  /**
   * Reads lines of `name scopes hash`, scopes with commas between; empty lines and lines that start with `#` are skipped.
   *
   * @throws {FormatError} With the number of the line that is wrong.
   */
  static parse(text: string): ApiKeys {
    const keys: ApiKey[] = [];
    for (const [i, line] of text.split("\n").entries()) {
      const [name, list = "", hash = "", ...more] = line.trim().split(/\s+/);
      if (!name || name.startsWith("#")) continue;
      const wrong = (reason: string) => new FormatError(`Cannot read line ${i + 1}: ${reason}`);
      if (!NAME.test(name) || more.length > 0) throw wrong("expected a name, scopes and a hash");
      if (!HASH.test(hash)) throw wrong(`expected a SHA-256 of 64 digits, it is "${hash}"`);
      if (keys.some((key) => key.name === name)) throw wrong(`the name ${name} is taken`);
      keys.push({ name, scopes: scopesIn(list, wrong), hash });
    }
    return new ApiKeys(keys);
  }

  /** Reads a file, see {@linkcode ApiKeys.parse}. @throws {CountergradeError} When it cannot be read, or has no key. */
  static async read(path: string): Promise<ApiKeys> {
    let text;
    try {
      text = await Deno.readTextFile(path);
    } catch (cause) {
      throw new CountergradeError("NOT_FOUND", `Cannot read the keys in "${path}"`, { cause });
    }
    try {
      const keys = ApiKeys.parse(text);
      if (keys.#keys.length === 0) throw new FormatError("there are none");
      return keys;
    } catch (cause) {
      const { message } = cause as Error;
      throw new FormatError(`Cannot use the keys in "${path}": ${message}`, { cause });
    }
  }

  /** The key with a secret. How long it takes does not tell how much of a wrong one is right. */
  find(secret: string): ApiKey | undefined {
    const hash = createHash("sha256").update(secret).digest();
    let found: ApiKey | undefined;
    for (const key of this.#keys) {
      if (timingSafeEqual(hash, Uint8Array.fromHex(key.hash))) found = key;
    }
    return found;
  }

  /** How many there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** The key of a name. */
  named(name: string): ApiKey | undefined {
    return this.#keys.find((key) => key.name === name);
  }
}

function scopesIn(list: string, wrong: (reason: string) => Error): Set<Scope> {
  const scopes = list.split(",");
  const unknown = scopes.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown !== undefined) {
    throw wrong(`expected scopes of ${SCOPES.join(", ")} with commas between, not "${unknown}"`);
  }
  return new Set(scopes as Scope[]);
}

/**
 * Makes a key of 256 random bits.
 *
 * @returns The secret for its owner, and the line for the file.
 * @throws {FormatError} When name or scopes are wrong.
 */
export function newKey(name: string, scopes: string): { secret: string; line: string } {
  const bits = crypto.getRandomValues(new Uint8Array(32));
  const secret = `cg_${bits.toBase64({ alphabet: "base64url", omitPadding: true })}`;
  const line = `${name} ${scopes} ${createHash("sha256").update(secret).digest("hex")}`;
  if (!NAME.test(name)) {
    throw new FormatError(
      `Cannot name a key "${name}": expected 1 to 64 letters, digits, "_" or "-"`,
    );
  }
  ApiKeys.parse(line);
  return { secret, line };
}
