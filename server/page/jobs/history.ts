/** Going to another place of the page, with a step in the browser's history. */

/// <reference lib="dom" />

/** Goes to an address that `addressOf` made. */
export function go(to: string): void {
  location.hash = to.slice(1);
}
