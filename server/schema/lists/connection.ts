/** Long lists in parts, as relay connections. A cursor is the id of an item: it stays good while the list grows. */

import type { Page, PageQuery } from "@countergrade/countergrade/jobs";
import type { ArgBuilder, InterfaceRef, ObjectRef } from "@pothos/core";
import { parseCursorConnectionArgs, type ResolveCursorConnectionArgs } from "@pothos/plugin-relay";
import type { Builder, SchemaTypes } from "../builder.ts";
import { checkSize, DEFAULT_SIZE, MAX_SIZE, type PageArgs } from "./page_size.ts";

/** Where a list is read from. */
export interface ListSource<Item> {
  cursorOf(item: Item): string;
  /** At most `limit` items between the cursors; `inverted`, from the end of the list backwards. */
  read(args: ResolveCursorConnectionArgs): Promise<readonly Item[]>;
  /** How many items the list has in all. */
  count(): Promise<number>;
}

/** The argument `id` of a field that finds something. */
export function idArg(arg: ArgBuilder<SchemaTypes>) {
  return arg.id({ required: true, description: "Its id." });
}

/** The connection type `<name>Connection`. */
export function connectionType<Item>(
  builder: Builder,
  name: string,
  type: ObjectRef<SchemaTypes, Item> | InterfaceRef<SchemaTypes, Item>,
) {
  return builder.connectionObject({
    name: `${name}Connection`,
    type: type as ObjectRef<SchemaTypes, Item>,
    fields: (t) => ({
      totalCount: t.int({
        description: "How many items the whole list has.",
        resolve: (connection) => (connection as unknown as Counted).count(),
      }),
    }),
  });
}

interface Counted {
  count(): Promise<number>;
}

/** A part of a list. @throws {InputError} @throws {CountergradeError} LIMIT */
export async function pageOf<Item>(args: PageArgs, source: ListSource<Item>) {
  checkSize(args);
  const sizes = { defaultSize: DEFAULT_SIZE, maxSize: MAX_SIZE };
  const asked = parseCursorConnectionArgs({ args, ...sizes });
  const found = await source.read(asked);
  const items = found.slice(0, asked.expectedSize);
  if (asked.inverted) items.reverse();
  const edges = items.map((node) => ({ node, cursor: source.cursorOf(node) }));
  return {
    edges,
    pageInfo: {
      hasPreviousPage: asked.hasPreviousPage(found.length),
      hasNextPage: asked.hasNextPage(found.length),
      startCursor: edges[0]?.cursor,
      endCursor: edges.at(-1)?.cursor,
    },
    count: () => source.count(),
  };
}

/** A list of the store, the newest first. */
export function storedList<Item extends { id: string }, Filter>(
  list: {
    list(query: PageQuery & Filter): Page<Item> | Promise<Page<Item>>;
    count(filter: Filter): number | Promise<number>;
  },
  filter: Filter,
): ListSource<Item> {
  return {
    cursorOf: ({ id }) => id,
    async read({ limit: first, inverted: backwards, after, before }) {
      return (await list.list({ ...filter, first, backwards, after, before })).items;
    },
    count: async () => await list.count(filter),
  };
}
