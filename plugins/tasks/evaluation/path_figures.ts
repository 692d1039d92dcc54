/** Metrics of single paths, summed up over many. */

import type { Random } from "@countergrade/countergrade";
import { percentile } from "@countergrade/countergrade/linear";
import { bootstrapMean } from "@countergrade/countergrade/review";
import { z } from "zod";

/** A figure over paths. */
export const FigureSchema = z.object({
  name: z.string().describe("Name, as its metric tells it"),
  mean: z.number().describe("Mean over the paths"),
  median: z.number().describe("Median over the paths"),
  low: z.number().describe("Lower end of the bootstrap 95 % interval of the mean"),
  high: z.number().describe("Upper end of the bootstrap 95 % interval of the mean"),
  paths: z.int().describe("Paths for which the figure has a meaning"),
});

/** See {@linkcode FigureSchema}. */
export type Figure = z.infer<typeof FigureSchema>;

/** Mean, median and interval of every figure that some path has, in the order of the metrics. */
export function figuresOver(
  paths: readonly Readonly<Record<string, number>>[],
  random: Random,
): Figure[] {
  const names = [...new Set(paths.flatMap((figures) => Object.keys(figures)))];
  return names.map((name) => {
    const values = paths.flatMap((figures) => name in figures ? [figures[name]] : []);
    return {
      name,
      ...bootstrapMean(values, random.fork("bootstrap", name)),
      median: percentile(values, 50),
      paths: values.length,
    };
  });
}
