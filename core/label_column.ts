/** What is known of each image beside its label: level, sex, site. */

import type { Labels, LabelScale } from "./labels.ts";

/** A further label of every image of a data set: nothing learns from it, maps are colored by it. */
export interface LabelColumn {
  /** As the data call it, once per data set: `level`. */
  readonly name: string;
  /** What its labels mean. */
  readonly scale: LabelScale;
  /** By split, one per image in the split's order; −1, on a continuous scale NaN, where it is not known. */
  readonly labels: Readonly<Record<string, Labels>>;
}

/** Different numbers up to which each is a name of its own. */
const MOST_NUMBERS = 12;
/** Different words that a scale may have. */
const MOST_NAMES = 100;

/**
 * A column from what is written of each image. Words are names in the order of the alphabet, up to 12 different whole numbers grades
 * in their order, other numbers a continuous scale.
 *
 * @param written By split, one per image; undefined where it is not known.
 * @returns Undefined where it does not tell images apart: all the same, or more than 100 different words.
 *
 * ```ts
 * import { labelColumn } from "@countergrade/countergrade";
 * import { assertEquals } from "@std/assert";
 *
 * const column = labelColumn("sex", { train: ["m", "f", undefined], val: ["f"] })!;
 * assertEquals(column.scale, { type: "binary", names: ["f", "m"] });
 * assertEquals(column.labels.train, Int32Array.of(1, 0, -1));
 * ```
 */
export function labelColumn(
  name: string,
  written: Readonly<Record<string, readonly (string | undefined)[]>>,
): LabelColumn | undefined {
  const known = Object.values(written).flat().filter((text) => text !== undefined);
  const names = [...new Set(known)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (names.length < 2) return undefined;
  const numbers = names.map(Number);
  const areNumbers = names.every((text, i) => text.trim() !== "" && Number.isFinite(numbers[i]));
  if (areNumbers && !(names.length <= MOST_NUMBERS && numbers.every(Number.isInteger))) {
    return {
      name,
      scale: { type: "continuous", names: [name] },
      labels: eachSplit(
        written,
        (list) => Float64Array.from(list, (text) => text === undefined ? NaN : Number(text)),
      ),
    };
  }
  if (names.length > MOST_NAMES) return undefined;
  const places = new Map(names.map((text, i) => [text, i]));
  return {
    name,
    scale: {
      type: names.length === 2 ? "binary" : areNumbers ? "ordinal" : "nominal",
      names,
    },
    labels: eachSplit(
      written,
      (list) => Int32Array.from(list, (text) => text === undefined ? -1 : places.get(text)!),
    ),
  };
}

function eachSplit<T>(
  written: Readonly<Record<string, readonly (string | undefined)[]>>,
  labelsOf: (list: readonly (string | undefined)[]) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(written).map(([split, list]) => [split, labelsOf(list)]),
  );
}
