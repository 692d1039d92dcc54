/** Cross-validation: how strongly to penalize, asked of the training rows alone. */

import { z } from "zod";
import type { OptionsSchema } from "../options_schema.ts";
import type { Selection } from "../probe.ts";
import type { Random } from "../random.ts";

/** How a penalty is chosen. */
export interface CrossValidation {
  /** Parts that are held out in turn, 2 to 20. */
  folds: number;
  /** What to choose from; by default powers of ten and their halves around what is usual. */
  values?: number[];
}

/** Options of a probe that can choose its penalty: how to choose when none is given. */
export const crossValidationOptions: OptionsSchema<CrossValidation> = z.strictObject({
  folds: z.int().min(2).max(20).default(5).describe("Parts that are held out in turn"),
  values: z.array(z.number().positive()).min(1).max(50).optional()
    .describe(
      "What to choose from; by default powers of ten and their halves around what is usual",
    ),
}).prefault({}).describe("How the penalty is chosen when none is given");

/**
 * The fold of each row, 0 … folds − 1, every class dealt out evenly; −1 where a class has one row only, which is then never held
 * out. Undefined when there is one class only, or no class has two rows.
 *
 * @param classes `[n]`; for continuous labels see {@linkcode strata}.
 * @example
 * ```ts
 * import { Random } from "@countergrade/countergrade";
 * import { stratifiedFolds } from "@countergrade/countergrade/linear";
 * import { assertEquals } from "@std/assert";
 *
 * const folds = stratifiedFolds([0, 0, 1, 1], 2, new Random(1))!;
 * assertEquals(folds[0] + folds[1], 1); // one row of class 0 in each fold
 * ```
 */
export function stratifiedFolds(
  classes: ArrayLike<number>,
  folds: number,
  random: Random,
): Int32Array | undefined {
  const order = random.permutation(classes.length);
  const members = new Map<number, number[]>();
  for (const i of order) {
    const known = members.get(classes[i]);
    if (known) known.push(i);
    else members.set(classes[i], [i]);
  }
  const out = new Int32Array(classes.length).fill(-1);
  let next = 0;
  const several = [...members.keys()].sort((a, b) => a - b)
    .map((k) => members.get(k)!).filter((rows) => rows.length > 1);
  // Each class goes on where the last one ended, so that small classes do not all meet in the first folds.
  for (const rows of several) for (const i of rows) out[i] = next++ % folds;
  return members.size > 1 && several.length > 0 ? out : undefined;
}

/** Classes for {@linkcode stratifiedFolds} from real labels: neighbors in order, `size` to a class. */
export function strata(labels: ArrayLike<number>, size: number): Int32Array {
  const order = Array.from({ length: labels.length }, (_, i) => i)
    .sort((a, b) => labels[a] - labels[b]);
  const out = new Int32Array(labels.length);
  order.forEach((i, place) => out[i] = Math.floor(place / size));
  return out;
}

/**
 * The value with the lowest mean loss over the folds, the earliest of equal ones.
 *
 * @param values From the strongest penalty to the weakest, positive.
 * @param lossOf The mean loss of the held-out rows, per fold, for one value.
 * @param refine Values are a coarse net: stop once two in a row are worse than the best, and take the lowest point of the parabola
 * through the best value and its neighbors, on a logarithmic axis.
 */
export async function selectPenalty(
  option: string,
  values: readonly number[],
  lossOf: (value: number) => Promise<number[]>,
  refine = false,
): Promise<Selection> {
  const losses: number[][] = [];
  const means: number[] = [];
  let best = 0;
  for (const value of values) {
    const folds = await lossOf(value);
    losses.push(folds);
    means.push(folds.reduce((sum, loss) => sum + loss, 0) / folds.length);
    if (means.at(-1)! < means[best]) best = means.length - 1;
    if (refine && means.length - 1 >= best + 2) break;
  }
  const tried = values.slice(0, losses.length);
  const value = refine ? lowestPoint(tried, means, best) : tried[best];
  return { option, value, values: tried, losses };
}

/** Where the parabola through three neighbors is lowest; the best value itself at an end. Rounded to three digits. */
function lowestPoint(values: readonly number[], losses: readonly number[], best: number): number {
  if (best === 0 || best === values.length - 1) return values[best];
  const [x0, x1, x2] = values.slice(best - 1, best + 2).map(Math.log);
  const [y0, y1, y2] = losses.slice(best - 1, best + 2);
  const [left, right] = [(x1 - x0) * (y1 - y2), (x1 - x2) * (y1 - y0)];
  if (left === right) return values[best];
  const lowest = x1 - ((x1 - x0) * left - (x1 - x2) * right) / (2 * (left - right));
  return Number(Math.exp(lowest).toPrecision(3));
}
