/** Who comes in: by key, or by a session that a key has opened. */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { ApiKey, ApiKeys } from "./api_keys.ts";
import { anyone, type Caller } from "./caller.ts";
import { errorResponse } from "../typed_errors.ts";

const COOKIE = "countergrade_session";
/** How long a session lasts, in s. */
const LIFE = 7 * 24 * 3600;
const ATTRIBUTES = "Path=/; HttpOnly; SameSite=Strict";

/** Tells callers by their keys. Without keys everybody comes in. */
export class Authenticator {
  readonly #keys?: ApiKeys;
  readonly #secret: Uint8Array;
  readonly #now: () => number;

  /** `secret` signs sessions: who knows it can make them. `now` gives the time in ms. */
  constructor(
    keys: ApiKeys | undefined,
    secret: Uint8Array = new Uint8Array(),
    now: () => number = Date.now,
  ) {
    this.#keys = keys;
    this.#secret = secret;
    this.#now = now;
  }

  /** Whether nobody comes in without a key. */
  get wantsKeys(): boolean {
    return this.#keys !== undefined;
  }

  /** The caller of a request that comes from `address`, or undefined when it has no key that is known. */
  callerOf({ headers }: Request, address: string): Caller | undefined {
    if (!this.#keys) return anyone(address);
    const given = headers.get("authorization");
    const key = given === null
      ? this.#ofSession(cookieIn(headers.get("cookie") ?? ""))
      : this.#ofHeader(given);
    return key && { name: `key:${key.name}`, scopes: key.scopes };
  }

  /** `POST /session` with a key lets the browser keep a cookie that no script can read, `DELETE` takes it away. */
  respondWithSession(request: Request): Response {
    if (!this.#keys) return new Response("Not found\n", { status: 404 });
    const secure = request.headers.get("x-forwarded-proto") === "https" ? "; Secure" : "";
    const answer = (value: string, life: number) => {
      const cookie = `${COOKIE}=${value}; Max-Age=${life}; ${ATTRIBUTES}${secure}`;
      return new Response(null, { status: 204, headers: { "set-cookie": cookie } });
    };
    if (request.method === "DELETE") return answer("", 0);
    if (request.method !== "POST") {
      const headers = { allow: "POST, DELETE" };
      return new Response("Method not allowed\n", { status: 405, headers });
    }
    const key = this.#ofHeader(request.headers.get("authorization") ?? "");
    if (!key) return unauthenticated();
    const ends = Math.floor(this.#now() / 1000) + LIFE;
    return answer(`${key.name}.${ends}.${this.#sign(key, ends)}`, LIFE);
  }

  #ofHeader(authorization: string): ApiKey | undefined {
    const [, secret] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    return secret === undefined ? undefined : this.#keys!.find(secret);
  }

  #ofSession(value: string): ApiKey | undefined {
    const [name, ends, mac = ""] = value.split(".");
    const key = this.#keys!.named(name);
    if (!key || !(Number(ends) > this.#now() / 1000)) return undefined;
    const [given, right] = [mac, this.#sign(key, Number(ends))].map((text) =>
      new TextEncoder().encode(text)
    );
    return given.length === right.length && timingSafeEqual(given, right) ? key : undefined;
  }

  /** With the key's hash: when the key goes or changes, its sessions go too. */
  #sign({ name, hash }: ApiKey, ends: number): string {
    return createHmac("sha256", this.#secret).update(`${name}.${ends}.${hash}`).digest("hex");
  }
}

/** The refusal of a request without a key that is known. */
export function unauthenticated(): Response {
  const message = "Cannot let you in: expected a known key, as Authorization: Bearer KEY";
  return errorResponse(401, "UNAUTHENTICATED", message, { "www-authenticate": "Bearer" });
}

/** The secret of a home folder, made at the first start; sessions outlive a restart by it. */
export async function sessionSecret(home: string): Promise<Uint8Array> {
  const path = `${home}/session.secret`;
  const known = await Deno.readFile(path).catch(() => undefined);
  if (known?.length === 32) return known;
  const secret = crypto.getRandomValues(new Uint8Array(32));
  await Deno.writeFile(path, secret, { mode: 0o600 });
  return secret;
}

function cookieIn(header: string): string {
  const pair = header.split(";").map((part) => part.trim()).find((part) =>
    part.startsWith(`${COOKIE}=`)
  );
  return pair?.slice(COOKIE.length + 1) ?? "";
}
