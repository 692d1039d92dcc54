/** What lists are narrowed down by: the arguments that all of them have, and what of them is given. */

import type { ArgBuilder } from "@pothos/core";
import type { SchemaTypes } from "../builder.ts";
import type { PageArgs } from "./page_size.ts";

/** The argument `since`. */
export function since(arg: ArgBuilder<SchemaTypes>) {
  return arg({
    type: "DateTime",
    description: "Only what was asked for or stored then, or later.",
  });
}

/** The argument `until`. */
export function until(arg: ArgBuilder<SchemaTypes>) {
  return arg({ type: "DateTime", description: "Only what was asked for or stored before." });
}

/** The arguments that were given and say which items are meant. */
export function narrowed<Args extends PageArgs>(
  { first: _, last: __, after: ___, before: ____, ...args }: Args,
): { [Name in keyof Omit<Args, keyof PageArgs>]?: NonNullable<Args[Name]> } {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value != null)) as never;
}
