/** In which order the images of a split are looked at: all, those of a grade, by chance, or where label and reading differ most. */

import { runTask } from "../../jobs/run_task.ts";
import { insist } from "../../shared/client.ts";
import { shuffled } from "../../shared/shuffled.ts";
import { LABELS } from "../operations.ts";

/** The orders, as people call them. */
export const ORDERS = {
  file: "in their order",
  random: "by chance",
  disagreement: "most misread first",
};

/** How cases are found. */
export interface CaseFilter {
  /** Only of this label. */
  readonly label?: number;
  readonly order: keyof typeof ORDERS;
}

export const EVERY_CASE: CaseFilter = { order: "file" };

/** A split as a model sees it. */
export interface CaseSource {
  readonly probe: string;
  readonly dataset: string;
  readonly split: string;
}

/** The labels of a split, in its order. */
export async function labelsOf({ dataset, split }: CaseSource): Promise<readonly number[]> {
  const answer = await insist<{ dataset: { labels: number[] } | null }>(LABELS, {
    id: dataset,
    split,
  });
  return answer.dataset?.labels ?? [];
}

/** Places in the split, in the order that a filter asks for. @throws {ServerError} */
export async function orderOf(
  source: CaseSource,
  { label, order }: CaseFilter,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const labels = await labelsOf(source);
  const all = [...labels.keys()].filter((i) => label === undefined || labels[i] === label);
  if (order === "random") return shuffled(all, Math.random);
  if (order === "file") return all;
  const apart = await disagreements(source, signal);
  return all.filter((i) => apart.has(i)).sort((a, b) => apart.get(b)! - apart.get(a)!);
}

interface Scored {
  readonly index: number;
  readonly label: number;
  /** Distance to the boundary, in σ. */
  readonly x: number;
}

/** How far label and reading lie apart, by the place in the split: the map of the probe's scores has both. */
async function disagreements(
  { probe, split }: CaseSource,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const options = { probe, split, method: "probe", limit: 10_000 };
  const job = await runTask("mapLatents", options, signal);
  const file = job?.artifacts.flatMap(({ files }) => files).find(({ name }) => name === "map.json");
  if (!file) return new Map();
  const { points }: { points: readonly Scored[] } = await (await fetch(file.url)).json();
  return misreadings(points);
}

/** |label − the label to expect at the score|, which is a line fitted to all. */
export function misreadings(points: readonly Scored[]): Map<number, number> {
  const mean = (of: (point: Scored) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(({ x }) => x), mean(({ label }) => label)];
  const slope = mean((point) => (point.x - x) * (point.label - y)) /
    (mean((point) => (point.x - x) ** 2) || 1);
  return new Map(
    points.map((point) => [point.index, Math.abs(point.label - y - slope * (point.x - x))]),
  );
}
