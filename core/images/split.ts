/** Splits: which images are learned from and which are held out. */

import { InputError } from "../errors.ts";
import type { Random } from "../random.ts";

/** What a split is made for: one image. */
export interface Splittable {
  /** Images of the same patient come into the same split; without one an image stands for itself. */
  readonly patient?: string;
  /** Splits have the same share of each label, as nearly as patients allow. */
  readonly label: number;
}

/** Shares of `train`, `val` and `test`; they need not add up to 1. */
export type Shares = Readonly<Record<string, number>>;

/** Eight in ten to learn from. */
export const DEFAULT_SHARES: Shares = { train: 0.8, val: 0.1, test: 0.1 };

/**
 * Divides images among splits by patient, stratified by the patient's highest label. The same images and seed give the
 * same splits, whatever order the images come in.
 *
 * @param items With a stable name each, which makes the order.
 * @returns The name of the split of each item.
 * @example
 * ```ts
 * import { Random } from "@countergrade/countergrade";
 * import { stratifiedSplits } from "@countergrade/countergrade/images";
 * import { assertEquals } from "@std/assert";
 *
 * const items = Array.from({ length: 10 }, (_, i) => ({ name: `${i}.png`, label: 0, patient: "one" }));
 * assertEquals(new Set(stratifiedSplits(items, new Random(0))).size, 1);
 * ```
 */
export function stratifiedSplits(
  items: readonly (Splittable & { readonly name: string })[],
  random: Random,
  shares: Shares = DEFAULT_SHARES,
): string[] {
  const patients = new Map<string, { label: number; images: number }>();
  const patientOf = ({ patient, name }: { patient?: string; name: string }) =>
    patient === undefined ? `image ${name}` : `patient ${patient}`;
  for (const item of items) {
    const known = patients.get(patientOf(item)) ?? { label: item.label, images: 0 };
    const label = Math.max(known.label, item.label);
    patients.set(patientOf(item), { label, images: known.images + 1 });
  }
  const groups = new Map<number, [string, { images: number }][]>();
  for (const [name, patient] of patients) {
    const group = groups.get(patient.label);
    if (group) group.push([name, patient]);
    else groups.set(patient.label, [[name, patient]]);
  }
  const chosen = new Map<string, string>();
  // What a label leaves over is carried to the next, so that rare labels do not all fall into one split.
  const total = Object.values(shares).reduce((a, b) => a + b, 0);
  const owed = Object.entries(shares).map(([name, share]) => ({
    name,
    share: share / total,
    due: 0,
  }));
  for (const label of [...groups.keys()].sort((a, b) => a - b)) {
    const group = groups.get(label)!.sort(([a], [b]) => a < b ? -1 : 1);
    for (const place of random.fork("split", label).permutation(group.length)) {
      const [patient, { images }] = group[place];
      for (const split of owed) split.due += split.share * images;
      const neediest = owed.reduce((best, split) => split.due > best.due + 1e-9 ? split : best);
      neediest.due -= images;
      chosen.set(patient, neediest.name);
    }
  }
  return items.map((item) => chosen.get(patientOf(item))!);
}

/**
 * Holds what is asked for to what there is.
 *
 * @returns The indices as a list.
 * @throws {InputError} When the data set has no such split, or the split no such image.
 */
export function indicesIn(
  { id, splits }: { readonly id: string; readonly splits: Readonly<Record<string, number>> },
  split: string,
  indices: ArrayLike<number>,
): number[] {
  if (!Object.hasOwn(splits, split)) {
    throw new InputError(
      `Cannot get images of "${id}": expected a split of ${
        Object.keys(splits).join(", ")
      }, it is "${split}"`,
      ["split"],
    );
  }
  const count = splits[split];
  return Array.from(indices, (index, n) => {
    if (Number.isInteger(index) && index >= 0 && index < count) return index;
    throw new InputError(
      `Cannot get images of "${id}": expected indices from 0 to ${
        count - 1
      } in ${split}, one is ${index}`,
      ["indices", n],
    );
  });
}
