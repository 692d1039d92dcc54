/** How many images a split has, for tasks that need some. */

import { type Dataset, InputError } from "@countergrade/countergrade";

/** The number of images, at least one. @throws {InputError} When the split does not exist or is empty; `verb` is what cannot be done. */
export function splitSize({ id, splits }: Dataset, split: string, verb: string): number {
  const size = Object.hasOwn(splits, split) ? splits[split] : 0;
  if (size > 0) return size;
  const known = Object.keys(splits).filter((name) => splits[name] > 0).join(", ");
  throw new InputError(
    `Cannot ${verb}: expected a split of "${id}" with images (${known}), current split is "${split}"`,
    ["split"],
  );
}
