/** What every probe checks before it fits, in one place. */

import { InputError } from "./errors.ts";
import type { FitContext } from "./probe.ts";
import { type Standardisation, standardisation } from "./standardise.ts";
import { type Codes, expectShape } from "./tensor.ts";

/** Checked codes with their labels. */
export interface TrainingSet {
  readonly codes: Codes;
  readonly labels: Int32Array;
  readonly standardisation: Standardisation;
  /** +1 where label ≥ threshold, −1 elsewhere, `[n]`. */
  readonly sides: Int8Array;
}

/** How much each class counts. */
export type ClassWeights = "none" | "balanced";

/**
 * Checks codes `[n, d]` and labels `[n]` for fitting.
 *
 * @throws {TypeError} When the codes are not a matrix.
 * @throws {InputError} When the numbers of codes and labels differ, a label is not on the scale, the threshold leaves one
 * side empty, or codes are not finite or all the same.
 */
export function trainingSet(codes: Codes, labels: Int32Array, context: FitContext): TrainingSet {
  expectShape("fit a probe", codes, [null, null]);
  const [n] = codes.shape;
  const { threshold, scale: { names } } = context;
  if (labels.length !== n) {
    throw new InputError(
      `Cannot fit a probe: expected ${n} labels, one per code, got ${labels.length}`,
    );
  }
  if (!Number.isInteger(threshold) || threshold < 1 || threshold >= names.length) {
    throw new InputError(
      `Cannot fit a probe: expected a threshold from 1 to ${names.length - 1}, got ${threshold}`,
      ["threshold"],
    );
  }
  const odd = labels.find((label) => label < 0 || label >= names.length);
  if (odd !== undefined) {
    throw new InputError(
      `Cannot fit a probe: expected labels from 0 to ${names.length - 1}, got ${odd}`,
    );
  }
  const sides = Int8Array.from(labels, (label) => label >= threshold ? 1 : -1);
  const severe = sides.reduce((count, side) => count + (side > 0 ? 1 : 0), 0);
  if (severe === 0 || severe === n) {
    throw new InputError(
      `Cannot fit a probe: expected labels on both sides of the threshold ${threshold}, ` +
        `${severe} of ${n} are at or above it`,
    );
  }
  return { codes, labels, standardisation: standardisation(codes), sides };
}

/** The weight of each row, `[n]`, mean 1: all 1, or n / (classes · rows of its class). */
export function rowWeights(classes: ArrayLike<number>, weights: ClassWeights): Float64Array {
  const counts = new Map<number, number>();
  for (const k of Array.from(classes)) counts.set(k, (counts.get(k) ?? 0) + 1);
  return Float64Array.from(
    classes,
    (k) => weights === "none" ? 1 : classes.length / (counts.size * counts.get(k)!),
  );
}
