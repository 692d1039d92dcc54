/** Which images of a split are gone through. */

import type { Dataset, Random } from "@countergrade/countergrade";
import { splitSize } from "./split_size.ts";

/**
 * Positions of images in the order of the split. A sample, for many files are sorted by grade.
 *
 * @throws {InputError} When the split has none.
 */
export function drawnImages(
  dataset: Dataset,
  split: string,
  limit: number,
  random: Random,
): number[] {
  const count = splitSize(dataset, split, "evaluate");
  return [...random.fork("images").permutation(count).subarray(0, limit)].sort((a, b) => a - b);
}
