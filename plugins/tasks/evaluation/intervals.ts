/** How sure the figures of many paths are. */

import type { Random } from "@countergrade/countergrade";
import { bootstrapFigures } from "@countergrade/countergrade/review";
import { z } from "zod";
import type { EvaluatedPath } from "./evaluated_path.ts";

/** The interval of a figure. */
export const IntervalSchema = z.object({
  name: z.string().describe("Name of the figure"),
  low: z.number().describe("Lower end"),
  high: z.number().describe("Upper end"),
});

/**
 * Intervals over resamples of the paths, whose frames stay together; those without meaning are left out.
 *
 * Do not ask for rank correlations with requested grades: a path drawn twice adds ties, which change the highest value that the
 * correlation can have, so that the interval may miss the value itself.
 */
export async function intervalsOf(
  paths: readonly EvaluatedPath[],
  figures: (paths: readonly EvaluatedPath[]) => Record<string, number>,
  random: Random,
  signal?: AbortSignal,
): Promise<z.infer<typeof IntervalSchema>[]> {
  const told = await bootstrapFigures(
    paths.length,
    (indices) => figures(Array.from(indices, (i) => paths[i])),
    random,
    { signal },
  );
  return Object.entries(told).filter(([, { low }]) => Number.isFinite(low))
    .map(([name, interval]) => ({ name, ...interval }));
}
