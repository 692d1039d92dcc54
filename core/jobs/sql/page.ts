/** Parts of a table by keyset: the position is an item, not a count, so new rows do not shift what follows. */

import { InputError } from "../../errors.ts";
import type { Page, PageQuery } from "../store.ts";
import type { Dialect } from "./dialect.ts";
import { all, one, type Row, type Steps } from "./steps.ts";

/** What rows must fulfill; its values stand in `sql` as `$name`. */
export interface Condition {
  readonly sql: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** That columns have these values; undefined is any. */
export function equalTo(columns: Readonly<Record<string, string | undefined>>): Condition[] {
  return Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [{ sql: `${column} = $${column}`, values: { [column]: value } }]
  );
}

/** That a time lies between two others, the first among them; undefined is any. */
export function between(column: string, since?: string, until?: string): Condition[] {
  return [
    ...since === undefined ? [] : [{ sql: `${column} >= $since`, values: { since } }],
    ...until === undefined ? [] : [{ sql: `${column} < $until`, values: { until } }],
  ];
}

/** That a text holds another, in any case; undefined is any. */
export function holding(
  { holds }: Dialect,
  expression: string,
  text: string | undefined,
): Condition[] {
  if (text === undefined) return [];
  return [{ sql: holds(`lower(${expression})`, "lower($text)"), values: { text } }];
}

/** That a column of JSON has these texts; undefined is any. */
export function saying(
  { field }: Dialect,
  column: string,
  texts: Readonly<Record<string, string | undefined>>,
): Condition[] {
  return Object.entries(texts).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [{ sql: `${field(column, name)} = $${name}`, values: { [name]: value } }]
  );
}

/** What is listed, and how a row becomes an item. */
export interface Listed<Item> {
  readonly table: "artifacts" | "jobs";
  readonly columns: string;
  readonly itemOf: (row: Row) => Item;
}

/**
 * A page of a table.
 *
 * @throws {InputError} When `first` is out of range, or `after` or `before` names nothing.
 */
export function* pageOf<Item>(
  { table, columns, itemOf }: Listed<Item>,
  { first = 50, after, before, backwards = false, order = "newest" }: PageQuery,
  conditions: readonly Condition[],
): Steps<Page<Item>> {
  if (!Number.isInteger(first) || first < 1 || first > 1000) {
    throw new InputError(
      `Cannot list ${table}: expected first in 1–1000, current value is ${first}`,
      ["first"],
    );
  }
  const [behind, ahead] = order === "newest" ? ["<", ">"] : [">", "<"];
  const { where, values } = whereOf([
    ...conditions,
    ...yield* beyond(table, "after", after, behind),
    ...yield* beyond(table, "before", before, ahead),
  ]);
  const direction = (order === "newest") !== backwards ? "DESC" : "ASC";
  const rows = yield* all(
    `SELECT ${columns} FROM ${table} ${where} ORDER BY seq ${direction} LIMIT $limit`,
    { ...values, limit: first + 1 },
  );
  return { items: rows.slice(0, first).map(itemOf), more: rows.length > first };
}

/** How many rows of a table fulfill the conditions. */
export function* countOf(
  table: "artifacts" | "jobs",
  conditions: readonly Condition[],
): Steps<number> {
  const { where, values } = whereOf(conditions);
  const row = yield* one(`SELECT count(*) AS count FROM ${table} ${where}`, values);
  return Number(row!.count);
}

/** Only rows on one side of an item. */
function* beyond(
  table: string,
  side: "after" | "before",
  id: string | undefined,
  operator: string,
): Steps<Condition[]> {
  if (id === undefined) return [];
  const seq = (yield* one(`SELECT seq FROM ${table} WHERE id = $id`, { id }))?.seq;
  if (seq === undefined) {
    throw new InputError(`Cannot list ${table} ${side} "${id}": it does not exist`, [side]);
  }
  return [{ sql: `seq ${operator} $${side}`, values: { [side]: Number(seq) } }];
}

/** Conditions as a clause, with all their values. */
export function whereOf(conditions: readonly Condition[]) {
  const where = conditions.length ? `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}` : "";
  const values: Record<string, string | number> = {};
  for (const condition of conditions) Object.assign(values, condition.values);
  return { where, values };
}
