/** From labels as they are written to indices into a scale. */

import { FormatError, type LabelScale } from "@countergrade/countergrade";
import type { Description } from "./description.ts";

/** A scale, and what its labels look like in files. */
export interface Labeling {
  readonly scale: LabelScale;
  /** The index of a label as written, or its number on a continuous scale; undefined for one that the scale does not have. */
  indexOf(written: string): number | undefined;
}

const isWhole = (text: string) => /^\d{1,6}(\.0+)?$/.test(text);

/**
 * The scale of labels as they are written. Whole numbers are grades 0, 1, 2 …, called by the description's names where it has some;
 * names go by the description's order, else by the alphabet.
 *
 * @throws {FormatError} When there are fewer than two labels.
 */
export function labelingOf(
  written: readonly string[],
  description: Pick<Description, "names" | "scale" | "missing">,
): Labeling {
  const { names, scale } = description;
  const distinct = [...new Set(written)].filter((text) => !isMissing(text, description));
  if (scale === "continuous") {
    return { scale: { type: scale, names: names ?? ["label"] }, indexOf: numberOf };
  }
  if (names) {
    const labeling = ordered(names, scale ?? "ordinal");
    const numbered = distinct.every(isWhole) && !distinct.some((text) => names.includes(text));
    return numbered ? { ...labeling, indexOf: (text) => placeAmong(names, text) } : labeling;
  }
  if (distinct.length && distinct.every(isWhole)) {
    const largest = Math.max(...distinct.map(Number));
    const grades = Array.from({ length: Math.max(2, largest + 1) }, (_, i) => String(i));
    if (grades.length > 1000) {
      throw new FormatError(`Cannot grade images: expected grades below 1000, one is ${largest}`);
    }
    const labeling = ordered(grades, scale ?? (grades.length === 2 ? "binary" : "ordinal"));
    return { ...labeling, indexOf: (text) => isWhole(text) ? Number(text) : undefined };
  }
  const sorted = distinct.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  if (sorted.length < 2) {
    throw new FormatError(
      `Cannot grade images: expected at least two different labels, there is ${
        sorted.length ? `only ${JSON.stringify(sorted[0])}` : "none"
      }`,
    );
  }
  return ordered(sorted, scale ?? (sorted.length === 2 ? "binary" : "nominal"));
}

/** How tables write that there is no label. */
const MISSING = ["", "na", "n/a", "nan", "null", "none", "?", "-", "--", "unknown"];

/** Whether a label as written means that there is none. */
export function isMissing(written: string, { missing }: Pick<Description, "missing">): boolean {
  const plain = written.trim();
  return MISSING.includes(plain.toLowerCase()) || missing.includes(plain);
}

/** The place that a whole number is among names; undefined beyond them. */
function placeAmong(names: readonly string[], text: string): number | undefined {
  return isWhole(text) && Number(text) < names.length ? Number(text) : undefined;
}

/** A real number as written, with a decimal point. */
function numberOf(text: string): number | undefined {
  const value = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function ordered(names: readonly string[], type: LabelScale["type"]): Labeling {
  const places = new Map(names.map((name, i) => [name, i]));
  return { scale: { type, names }, indexOf: (text) => places.get(text) };
}

/** Usual names of splits, as data sets write them. */
const SPLITS: Readonly<Record<string, string>> = {
  train: "train",
  training: "train",
  val: "val",
  valid: "val",
  validation: "val",
  dev: "val",
  test: "test",
  testing: "test",
};

/** `Training` to `train`; undefined for an empty text, the name itself for one that nobody knows. */
export function splitNamed(written: string): string | undefined {
  const plain = written.trim().toLowerCase();
  return plain === "" ? undefined : SPLITS[plain] ?? plain;
}
