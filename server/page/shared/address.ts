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

/**
 * Writes what a view shows into the address, unless it was left meanwhile; with `step`, and where the address says something
 * already, back leads to what was shown before.
 */
export function remember(
  view: string,
  parameters: Record<string, string>,
  { step = false }: { step?: boolean } = {},
): void {
  if ((address.value.get("view") ?? view) !== view) return;
  const to = addressOf(view, parameters);
  if (step && address.value.size > 1 && to !== location.hash) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  const now = read();
  written = now.toString();
  address.value = now;
}

let written: string | undefined;

/** Whether the address is as a view wrote it last, so that there is nothing to follow. */
export function isWritten(): boolean {
  return address.value.toString() === written;
}
