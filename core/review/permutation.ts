/** Whether a figure is more than chance: permutation tests. */

import { breatheAfter } from "../abort.ts";
import type { Random } from "../random.ts";

/** Options of {@linkcode permutationP}. */
export interface PermutationOptions {
  /** How often the labels are shuffled; 999 by default, so that p comes in thousandths. */
  readonly times?: number;
  /** Ends the test. */
  readonly signal?: AbortSignal;
}

/**
 * The probability that shuffled labels reach at least what the labels `[n]` reach: p = (1 + #{Tπ ≥ T}) / (1 + times) (Phipson & Smyth
 * 2010, which is never 0). A figure that is NaN is no more than chance.
 *
 * @param figure Larger is better; called with shuffled copies of the labels.
 * @throws {CancelledError} Within a few shuffles, once the signal is aborted.
 * @example
 * ```ts
 * import { Random } from "@countergrade/countergrade";
 * import { spearman } from "@countergrade/countergrade/review";
 * import { permutationP } from "./permutation.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const scores = Float64Array.from({ length: 30 }, (_, i) => i);
 * const p = await permutationP(scores, (labels) => spearman(scores, labels), new Random(1));
 * assertEquals(p, 0.001);
 * ```
 */
export async function permutationP(
  labels: ArrayLike<number>,
  figure: (labels: Float64Array) => number,
  random: Random,
  { times = 999, signal }: PermutationOptions = {},
): Promise<number> {
  const reached = figure(Float64Array.from(labels));
  if (Number.isNaN(reached)) return 1;
  let asGood = 0;
  for (let t = 0; t < times; t++) {
    await breatheAfter(labels.length * WORK_PER_ROW, signal);
    const order = random.permutation(labels.length);
    if (!(figure(Float64Array.from(order, (i) => labels[i])) < reached)) asGood++;
  }
  return (1 + asGood) / (1 + times);
}

/** What a row of a shuffle costs, in multiplications: sorting, mostly. */
const WORK_PER_ROW = 200;
