/** Real images near a code: where they are, never copies of them. */

import type { Codes, CodeStatistics, Probe } from "@countergrade/countergrade";
import { type CodeDistance, nearestCodes } from "@countergrade/countergrade/linear";
import { z } from "zod";
import type { SplitCodes } from "./training_codes.ts";

/** A real image near a code. The API adds the picture. */
export const NeighborSchema = z.object({
  dataset: z.string().describe("Id of its data set"),
  split: z.string().describe("Split of the data set"),
  index: z.int().describe("Position in the split"),
  label: z.number().describe("Its label in the data set"),
  grade: z.number().describe("Grade that the probe gives its code"),
  distance: z.number().describe("Distance of the codes, in σ of the training codes"),
}).meta({ apiType: "Neighbor" });

/** See {@linkcode NeighborSchema}. */
export type NearImage = z.infer<typeof NeighborSchema>;

/** How neighbors are looked for. */
export interface Search {
  readonly k: number;
  readonly distance: CodeDistance;
  readonly probe: Probe;
  readonly statistics: CodeStatistics;
  /** Only images whose grade by the probe is this near to that of the query, in grades. */
  readonly within?: number;
  /** An image of the data set that is no neighbor of itself. */
  readonly self?: { readonly dataset: string; readonly split: string; readonly index: number };
}

/** The nearest images to each query `[m, d]`, the nearest first. */
export function nearImages(
  queries: Codes,
  among: SplitCodes,
  { k, distance, probe, statistics, within = Infinity, self }: Search,
): NearImage[][] {
  const { dataset, split, codes, labels } = among;
  const own = self?.dataset === dataset && self.split === split ? self.index : -1;
  const grades = probe.grade(codes);
  const asked = probe.grade(queries);
  const without = (query: number, index: number) =>
    index === own || Math.abs(grades[index] - asked[query]) > within;
  return nearestCodes(queries, codes, k, statistics, { distance, without }).map((found) =>
    found.map(({ index, distance }) => ({
      dataset,
      split,
      index,
      label: labels[index],
      grade: grades[index],
      distance,
    }))
  );
}

/** The option {@linkcode Search.within}. */
export function withinField() {
  return z.number().positive().max(100).optional().describe(
    "Neighbors have a grade by the probe that is this near to the image's, in grades; default: any",
  );
}
