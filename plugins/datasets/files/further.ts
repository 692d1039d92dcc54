/** Further labels of images, by what rows of a table say beside the label. */

import { type LabelColumn, labelColumn } from "@countergrade/countergrade";
import type { Item, Source } from "./source.ts";

/** The columns that tell images apart, and the names of those that do not. */
export function furtherColumns(
  sources: readonly Source[],
  items: readonly Item[],
  places: ReadonlyMap<string, readonly number[]>,
): { columns: LabelColumn[]; same: string[] } {
  // What is kept of images that were read before may be older than the table.
  const told = new Map(sources.flatMap(itemsOf).map(({ id, further }) => [id, further ?? {}]));
  const names = [...new Set([...told.values()].flatMap(Object.keys))];
  const found = names.map((name) =>
    labelColumn(
      name,
      Object.fromEntries(
        Array.from(places, ([split, list]) => [
          split,
          list.map((place) => told.get(items[place].id)?.[name]),
        ]),
      ),
    )
  );
  return {
    columns: found.filter((column) => column !== undefined),
    same: names.filter((_, i) => !found[i]),
  };
}

function itemsOf(source: Source): readonly Item[] {
  if (source.kind === "slices") return [];
  if ("item" in source) return [source.item];
  return (source.kind === "cubes" ? source.cubes : source.structures).map(({ item }) => item);
}
