/** Which store an address names. */

import { InputError } from "../errors.ts";
import { isPostgresAddress } from "./postgres/address.ts";
import { type PostgresOptions, PostgresStore } from "./postgres/store.ts";
import type { Store } from "./store.ts";

/**
 * How `Workspace.open` opens the store of an address; undefined, the one in the home folder, without an address.
 *
 * @throws {InputError} When the address names no store that there is.
 */
export function storeAt(
  address: string | undefined,
  options: PostgresOptions = {},
): (() => Promise<Store>) | undefined {
  if (address === undefined) return undefined;
  if (isPostgresAddress(address)) return () => PostgresStore.open(address, options);
  throw new InputError("Cannot use the store: expected postgres://USER@HOST/DATABASE", ["store"]);
}
