/** The names that requests may come by: a page of another name, bound to this address anew, could read answers as its own. */

import { InputError } from "@countergrade/countergrade";

/** Addresses that only this machine reaches, and the names for them in the Host header of a request. */
const LOOPBACK = ["127.0.0.1", "localhost", "::1", "[::1]"];

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host);
}

/** @throws {InputError} When a text is no name of a host, as `countergrade.example.org`. */
export function checkHost(text: string): string {
  const name = text.toLowerCase();
  if (URL.canParse(`http://${name}/`) && new URL(`http://${name}/`).hostname === name) return name;
  throw new InputError(
    `Cannot allow the host "${text}": expected a name or an address without port, as countergrade.example.org`,
  );
}

/**
 * Whether a request came by a name that is none of this server's. One that listens on this machine alone has the names for it; beyond,
 * any will do. `allowed` are names beside those for this machine, and then no others will do.
 */
export function isForeign(
  { hostname }: URL,
  host: string,
  allowed: readonly string[] = [],
): boolean {
  if (allowed.length === 0 && !isLoopback(host)) return false;
  return ![...LOOPBACK, host, `[${host}]`, ...allowed].includes(hostname);
}
