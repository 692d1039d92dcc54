/** The colors of a map: a group of points per grade or name, or per fifth of a continuous scale. */

import { rangeOf } from "../shared/range.ts";
import type { LatentMap } from "./operations.ts";

/** Points of one color. */
export interface Group {
  readonly name: string;
  /** From 0, mild, to 1, severe; absent where it is not known. */
  readonly share?: number;
  readonly count: number;
}

/** How many colors a continuous scale gets. */
const PARTS = 5;

/** The groups, mild first, those of which it is not known last, and the group of every point. */
export function groupsOf({ scale, colors, points }: LatentMap): { groups: Group[]; of: number[] } {
  const continuous = !colors && scale.type === "continuous";
  const names = colors ?? scale.names;
  const count = continuous ? PARTS : names.length;
  const labels = points.map(({ label }) => label);
  const [low, high] = rangeOf(labels);
  const width = (high - low || 1) / PARTS;
  const of = labels.map((label) =>
    continuous ? Math.min(PARTS - 1, Math.floor((label - low) / width)) : label < 0 ? count : label
  );
  const edge = (k: number) => Number((low + k * width).toPrecision(3));
  const sized = (name: string, i: number) => ({
    name,
    count: of.filter((group) => group === i).length,
  });
  const groups: Group[] = Array.from({ length: count }, (_, i) => ({
    ...sized(continuous ? `${edge(i)} to ${edge(i + 1)}` : names[i], i),
    share: count > 1 ? i / (count - 1) : 0,
  }));
  const unknown = sized("not known", count);
  return { groups: unknown.count ? [...groups, unknown] : groups, of };
}
