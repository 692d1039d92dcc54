/** How many items a page of a list has. */

import { CountergradeError, InputError } from "@countergrade/countergrade";

/** Unless asked otherwise. */
export const DEFAULT_SIZE = 20;
/** At most. */
export const MAX_SIZE = 100;

/** Which part of a list is asked for, as a client says it. */
export interface PageArgs {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** The complexity of a list: what is asked of one item, times the items. */
export function pageComplexity({ first, last }: PageArgs) {
  const size = first ?? last ?? DEFAULT_SIZE;
  return { field: 1, multiplier: Math.min(Math.max(size, 1), MAX_SIZE) };
}

/** @throws {InputError} @throws {CountergradeError} LIMIT, when a page would be too long. */
export function checkSize(args: PageArgs): void {
  for (const name of ["first", "last"] as const) {
    const size = args[name] ?? 1;
    if (size > MAX_SIZE) {
      const most = `expected at most ${MAX_SIZE}`;
      throw new CountergradeError("LIMIT", `Cannot list ${size} items: ${most}`);
    }
    if (size < 1) {
      throw new InputError(`Cannot list ${size} items: expected 1 to ${MAX_SIZE}`, [name]);
    }
  }
  if (args.first != null && args.last != null) {
    throw new InputError("Cannot list the first and the last items: expected one of them", [
      "last",
    ]);
  }
}
