/** The colors of a map: a group of points per grade, or per fifth of a continuous scale. */

import { rangeOf } from "../shared/range.ts";
import type { LatentMap } from "./operations.ts";

/** Points of one color. */
export interface Group {
  readonly name: string;
  /** From 0, mild, to 1, severe. */
  readonly share: number;
  readonly count: number;
}

/** How many colors a continuous scale gets. */
const PARTS = 5;

/** The groups, mild first, and the group of every point. */
export function groupsOf({ scale, points }: LatentMap): { groups: Group[]; of: number[] } {
  const continuous = scale.type === "continuous";
  const count = continuous ? PARTS : scale.names.length;
  const labels = points.map(({ label }) => label);
  const [low, high] = rangeOf(labels);
  const width = (high - low || 1) / PARTS;
  const of = labels.map((label) =>
    continuous ? Math.min(PARTS - 1, Math.floor((label - low) / width)) : label
  );
  const name = (i: number) => {
    if (!continuous) return scale.names[i];
    const edge = (k: number) => Number((low + k * width).toPrecision(3));
    return `${edge(i)} to ${edge(i + 1)}`;
  };
  const groups = Array.from({ length: count }, (_, i) => ({
    name: name(i),
    share: count > 1 ? i / (count - 1) : 0,
    count: of.filter((group) => group === i).length,
  }));
  return { groups, of };
}
