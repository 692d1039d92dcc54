/** Who sends a request, and what that allows. */

import { CountergradeError } from "@countergrade/countergrade";

/** What a key may allow: look; start jobs, cancel one's own, upload; cancel those of others. */
export const SCOPES = ["read", "run", "admin"] as const;

/** See {@linkcode SCOPES}. */
export type Scope = typeof SCOPES[number];

/** Whoever sends requests. */
export interface Caller {
  /** `key:NAME`, or `address:ADDRESS` where there are no keys; the client of its jobs. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Aborted when the key goes or allows less: what goes on for its owner ends. */
  readonly ended?: AbortSignal;
}

/** A caller where there are no keys: may do everything, and is told from others by the address. */
export function anyone(address: string): Caller {
  return { name: `address:${address}`, scopes: new Set(SCOPES) };
}

/** Whoever asks for what is open to anybody, without a key. */
export const NOBODY: Caller = { name: "nobody", scopes: new Set() };

/** What is known of one request, for scopes, logs and measures. */
export interface Call {
  /** Given by the client or made here; in the answer and in the logs. */
  readonly id: string;
  /** The first part of the path, as `graphql`; `page` where it names no route. */
  readonly route: string;
  readonly caller: Caller;
  /** What was asked for, once it has been parsed. */
  operation?: { readonly type: string; readonly name?: string };
}

/** @throws {CountergradeError} FORBIDDEN, when the caller's key does not have a scope. */
export function demand(caller: Caller, scope: Scope, what: string): void {
  if (!caller.scopes.has(scope)) throw forbidden(caller, scope, what);
}

/** The error of a caller whose key does not have a scope. */
export function forbidden({ name, scopes }: Caller, scope: Scope, what: string): CountergradeError {
  return new CountergradeError(
    "FORBIDDEN",
    `Cannot ${what}: expected a key with scope ${scope}, ${name} has ${[...scopes].join(", ")}`,
  );
}
