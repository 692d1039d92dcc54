/** Somebody else's labels in the words of a probe: which of theirs is which of ours is stated, never guessed. */

import { type Dataset, InputError, type LabelScale } from "@countergrade/countergrade";
import { z } from "zod";

/** What options say about the labels of a data set. */
export interface LabelOptions {
  labels?: string[];
}

/** The field of {@linkcode LabelOptions}. */
export function labelsField() {
  return z.array(z.string().regex(/^[^=]+=[^=]+$/, 'expected "theirs=ours"')).min(1).max(1000)
    .optional().describe(
      "What the data set's labels are called on the probe's scale, as \"moderate=KL 3\"; several may be one, those that are left out count as missing. Needed where the names differ",
    );
}

/**
 * A data set with its labels on another scale.
 *
 * @param stated As `theirs=ours`; without any the data set itself.
 * @throws {InputError} When a name is on neither scale, one is given twice, or one of the scales has no names.
 */
export function relabeled(
  dataset: Dataset,
  scale: LabelScale,
  stated: readonly string[] | undefined,
): Dataset {
  if (!stated) return dataset;
  for (const { type } of [dataset.scale, scale]) {
    if (type === "continuous") {
      fail("expected labels with names, those of a continuous scale are numbers");
    }
  }
  const places = new Map<number, number>();
  for (const line of stated) {
    const [theirs, ours] = line.split("=").map((name) => name.trim());
    const from = place(theirs, dataset.scale, `"${dataset.id}"`);
    if (places.has(from)) fail(`"${theirs}" is given twice`);
    places.set(from, place(ours, scale, "the probe"));
  }
  return {
    ...dataset,
    scale,
    // What the labels mean is part of what is measured.
    fingerprint: `${dataset.fingerprint} ${stated.join(", ")}`,
    measurements: dataset.measurements?.map(({ grade: _, ...plain }) => plain),
    get: async (split, indices) => {
      const batch = await dataset.get(split, indices);
      return {
        ...batch,
        labels: Int32Array.from(batch.labels, (label) => places.get(label) ?? -1),
      };
    },
  };
}

function place(name: string, { names }: LabelScale, whose: string): number {
  const found = names.indexOf(name);
  return found >= 0
    ? found
    : fail(`expected one of ${names.join(", ")} of ${whose}, got "${name}"`);
}

function fail(reason: string): never {
  throw new InputError(`Cannot take the labels over: ${reason}`, ["labels"]);
}
