/** Who comes in: by key, or by a session that a key has opened. */

import type { ApiKey, ApiKeys } from "./api_keys.ts";
import { anyone, type Caller } from "./caller.ts";
import { SESSION_LIFE, Sessions } from "./sessions.ts";
import { errorResponse } from "../typed_errors.ts";

const COOKIE = "countergrade_session";
const ATTRIBUTES = "HttpOnly; SameSite=Strict";

/** Where the keys of the moment are found. */
export interface KeySource {
  readonly keys: ApiKeys;
  /** Calls `listener` after each change; keys that never change have none. */
  onChange?(listener: () => void): void;
}

/** Tells callers by their keys. Without keys everybody comes in. */
export class Authenticator {
  readonly #source?: KeySource;
  readonly #sessions: Sessions;
  /** Of the keys in use: aborted when the key goes or changes. */
  readonly #ends = new Map<string, { key: ApiKey; end: AbortController }>();

  constructor(source?: KeySource, sessions: Sessions = new Sessions(":memory:")) {
    this.#source = source;
    this.#sessions = sessions;
    source?.onChange?.(() => this.#endOthers());
  }

  /** Whether nobody comes in without a key. */
  get wantsKeys(): boolean {
    return this.#source !== undefined;
  }

  /** The caller of a request that comes from `address`, or undefined when it has no key that is known. */
  callerOf({ headers }: Request, address: string): Caller | undefined {
    if (!this.#source) return anyone(address);
    const given = headers.get("authorization");
    const key = given === null
      ? this.#sessions.keyOf(cookieIn(headers), this.#source.keys)
      : this.#ofHeader(given);
    return key && { name: `key:${key.name}`, scopes: key.scopes, ended: this.#endOf(key) };
  }

  /** `POST /session` with a key lets the browser keep a cookie that no script can read, `DELETE` ends the session. */
  respondWithSession({ method, headers }: Request, base = ""): Response {
    if (!this.#source) return new Response("Not found\n", { status: 404 });
    const secure = headers.get("x-forwarded-proto") === "https" ? "; Secure" : "";
    const answer = (value: string, life: number) => {
      const cookie = `${COOKIE}=${value}; Max-Age=${life}; Path=${base}/; ${ATTRIBUTES}${secure}`;
      return new Response(null, { status: 204, headers: { "set-cookie": cookie } });
    };
    if (method === "DELETE") {
      this.#sessions.end(cookieIn(headers));
      return answer("", 0);
    }
    if (method !== "POST") {
      const allow = { allow: "POST, DELETE" };
      return new Response("Method not allowed\n", { status: 405, headers: allow });
    }
    const key = this.#ofHeader(headers.get("authorization") ?? "");
    return key ? answer(this.#sessions.begin(key), SESSION_LIFE) : unauthenticated();
  }

  #ofHeader(authorization: string): ApiKey | undefined {
    const [, secret] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    return secret === undefined ? undefined : this.#source!.keys.find(secret);
  }

  #endOf(key: ApiKey): AbortSignal {
    const known = this.#ends.get(key.name) ?? { key, end: new AbortController() };
    this.#ends.set(key.name, known);
    return known.end.signal;
  }

  /** Ends what goes on under keys that are no longer there, or allow something else now. */
  #endOthers(): void {
    for (const [name, { key, end }] of this.#ends) {
      const now = this.#source!.keys.named(name);
      if (now?.hash === key.hash && [...key.scopes].every((scope) => now.scopes.has(scope))) {
        continue;
      }
      this.#ends.delete(name);
      end.abort();
    }
  }
}

/** The refusal of a request without a key that is known. */
export function unauthenticated(): Response {
  const message = "Cannot let you in: expected a known key, as Authorization: Bearer KEY";
  return errorResponse(401, "UNAUTHENTICATED", message, { "www-authenticate": "Bearer" });
}

function cookieIn(headers: Headers): string {
  const pair = (headers.get("cookie") ?? "").split(";").map((part) => part.trim()).find((part) =>
    part.startsWith(`${COOKIE}=`)
  );
  return pair?.slice(COOKIE.length + 1) ?? "";
}
