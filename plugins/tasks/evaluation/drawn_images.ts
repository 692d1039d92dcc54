/** Which images of a split are gone through. */

import { type Dataset, InputError, type Random } from "@countergrade/countergrade";

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
  const count = dataset.splits[split] ?? 0;
  if (count > 0) {
    return [...random.fork("images").permutation(count).subarray(0, limit)].sort((a, b) => a - b);
  }
  const known = Object.keys(dataset.splits).filter((name) => dataset.splits[name] > 0).join(", ");
  throw new InputError(
    `Cannot evaluate: expected a split of "${dataset.id}" with images (${known}), current split is "${split}"`,
    ["split"],
  );
}
