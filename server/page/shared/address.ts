/** What the page shows, as its address says: `#view=explorer&model=…`, so that it can be reloaded and shared. */

/// <reference lib="dom" />

import { signal } from "@preact/signals";

/** The parameters behind the `#`. */
export const address = signal(read());

addEventListener("hashchange", () => address.value = read());

function read(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}

/** The address of a view with its parameters. */
export function addressOf(view: string, parameters: Record<string, string> = {}): string {
  return `#${new URLSearchParams({ view, ...parameters })}`;
}

/** Goes to an address of {@linkcode addressOf}, with a step in the browser's history. */
export function go(to: string): void {
  location.hash = to.slice(1);
}

/** Writes what a view shows into the address, without a step in the browser's history, unless it was left meanwhile. */
export function remember(view: string, parameters: Record<string, string>): void {
  if ((address.value.get("view") ?? view) !== view) return;
  history.replaceState(null, "", addressOf(view, parameters));
  const now = read();
  written = now.toString();
  address.value = now;
}

let written: string | undefined;

/** Whether the address is as a view wrote it last, so that there is nothing to follow. */
export function isWritten(): boolean {
  return address.value.toString() === written;
}
