/** Long lists in parts, as relay connections. A cursor is the id of an item: it stays good while the list grows. */

import { CountergradeError, InputError } from "@countergrade/countergrade";
import type { Page, PageQuery } from "@countergrade/countergrade/jobs";
import type { ArgBuilder, InterfaceRef, ObjectRef } from "@pothos/core";
import type { Builder, SchemaTypes } from "./builder.ts";

/** How many items a page has unless asked otherwise, and at most. */
const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;

/** A part of a list with a cursor per item. */
export interface Connection<Item> {
  readonly nodes: readonly Item[];
  readonly cursor: (item: Item) => string;
  readonly more: boolean;
  /** Whether it continues behind a cursor. */
  readonly continued: boolean;
  readonly total?: number;
}

/** The arguments of a connection: `first` and `after`. */
export function pageArgs(arg: ArgBuilder<SchemaTypes>) {
  return {
    first: arg.int({
      defaultValue: DEFAULT_SIZE,
      description: `How many items: 1 to ${MAX_SIZE}.`,
    }),
    after: arg.string({ description: "Continue behind the item with this cursor." }),
  };
}

/** The argument `id` of a field that finds something. */
export function idArg(arg: ArgBuilder<SchemaTypes>) {
  return arg.id({ required: true, description: "Its id." });
}

/** Checks `first`. @throws {InputError} */
export function pageQuery(
  args: { first?: number | null; after?: string | null },
): Required<Pick<PageQuery, "first">> & Pick<PageQuery, "after"> {
  const first = args.first ?? DEFAULT_SIZE;
  if (first > MAX_SIZE) {
    throw new CountergradeError(
      "LIMIT",
      `Cannot list ${first} items: expected at most ${MAX_SIZE}`,
    );
  }
  if (first < 1) {
    throw new InputError(`Cannot list ${first} items: expected 1 to ${MAX_SIZE}`, ["first"]);
  }
  return { first, after: args.after ?? undefined };
}

/** The complexity of a connection field: what is asked of one item, times the items. */
export function pageComplexity(args: { first?: number | null }) {
  return { field: 1, multiplier: Math.min(Math.max(args.first ?? DEFAULT_SIZE, 1), MAX_SIZE) };
}

/** A page of the store as a connection. */
export function connectionOf<Item extends { id: string }>(
  { items, more }: Page<Item>,
  { after }: { after?: string | null },
): Connection<Item> {
  return { nodes: items, more, continued: after != null, cursor: (item) => item.id };
}

/** Makes connection types. */
export class ConnectionTypes {
  #builder: Builder;
  #pageInfo;

  constructor(builder: Builder) {
    this.#builder = builder;
    this.#pageInfo = builder.objectRef<Connection<never>>("PageInfo").implement({
      description: "Where a part of a list stands.",
      fields: (t) => ({
        hasNextPage: t.exposeBoolean("more", { description: "Whether items follow." }),
        hasPreviousPage: t.exposeBoolean("continued", {
          description: "Whether items come before: the part continues behind a cursor.",
        }),
        startCursor: t.string({
          nullable: true,
          description: "The cursor of the first item.",
          resolve: ({ nodes, cursor }) => nodes.length ? cursor(nodes[0]) : null,
        }),
        endCursor: t.string({
          nullable: true,
          description: "Give this as `after` for the next part.",
          resolve: ({ nodes, cursor }) => nodes.length ? cursor(nodes[nodes.length - 1]) : null,
        }),
      }),
    });
  }

  /** `<name>Connection` with edges and nodes of a type. */
  of<Item>(
    name: string,
    type: ObjectRef<SchemaTypes, Item> | InterfaceRef<SchemaTypes, Item>,
  ): ObjectRef<SchemaTypes, Connection<Item>> {
    const edge = this.#builder.objectRef<{ node: Item; cursor: string }>(`${name}Edge`).implement({
      description: "An item and its cursor.",
      fields: (t) => ({
        cursor: t.exposeString("cursor", {
          description:
            "Give this as `after` for what follows; it stays good while items are added.",
        }),
        node: t.field({
          type: type as never,
          description: "The item.",
          resolve: (edge) => edge.node as never,
        }),
      }),
    });
    const each = { field: 0, multiplier: 1 };
    return this.#builder.objectRef<Connection<Item>>(`${name}Connection`).implement({
      description: "A part of a list.",
      fields: (t) => ({
        nodes: t.field({
          type: [type as never],
          description: "The items.",
          complexity: each,
          resolve: ({ nodes }) => nodes as never,
        }),
        edges: t.field({
          type: [edge],
          description: "The items with their cursors.",
          complexity: each,
          resolve: ({ nodes, cursor }) => nodes.map((node) => ({ node, cursor: cursor(node) })),
        }),
        pageInfo: t.field({
          type: this.#pageInfo,
          description: "Where this part stands.",
          resolve: (page) => page as never,
        }),
        totalCount: t.int({
          nullable: true,
          description: "All items of the list, where that is known.",
          resolve: ({ total }) => total ?? null,
        }),
      }),
    });
  }
}
