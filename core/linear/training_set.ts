/** What every probe checks before it fits, in one place. */

import type { Labels, LabelScale } from "../labels.ts";
import { InputError } from "../errors.ts";
import type { FitContext } from "../probe.ts";
import { type Standardization, standardization } from "./standardize.ts";
import { type Codes, expectShape } from "../tensor.ts";

/** Checked codes with their labels. */
export interface TrainingSet {
  /** `[n, d]`, as they came. */
  readonly codes: Codes;
  /** `[n]`, as the data set has them. */
  readonly labels: Labels;
  /** How the codes were standardized. */
  readonly standardization: Standardization;
  /** +1 where label ≥ threshold (on a nominal scale: label = threshold), −1 elsewhere, `[n]`. */
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
export function trainingSet(codes: Codes, labels: Labels, context: FitContext): TrainingSet {
  expectShape("fit a probe", codes, [null, null]);
  const [n] = codes.shape;
  const { threshold, scale } = context;
  if (labels.length !== n) {
    throw new InputError(
      `Cannot fit a probe: expected ${n} labels, one per code, got ${labels.length}`,
    );
  }
  if (scale.type === "continuous") checkNumbers(labels, threshold);
  else checkIndices(labels, threshold, scale);
  const sides = Int8Array.from(
    labels,
    scale.type === "nominal"
      ? (label) => label === threshold ? 1 : -1
      : (label) => label >= threshold ? 1 : -1,
  );
  const severe = sides.reduce((count, side) => count + (side > 0 ? 1 : 0), 0);
  if (severe === 0 || severe === n) {
    throw new InputError(
      `Cannot fit a probe: expected labels on both sides of the threshold ${threshold}, ` +
        `${severe} of ${n} are at or above it`,
    );
  }
  return { codes, labels, standardization: standardization(codes), sides };
}

function checkIndices(labels: Labels, threshold: number, { names, type }: LabelScale): void {
  // Class 0 is no question of an order, but one of a nominal scale.
  const least = type === "nominal" ? 0 : 1;
  if (!Number.isInteger(threshold) || threshold < least || threshold >= names.length) {
    throw new InputError(
      `Cannot fit a probe: expected a threshold from ${least} to ${
        names.length - 1
      }, got ${threshold}`,
      ["threshold"],
    );
  }
  for (const label of labels) {
    if (Number.isInteger(label) && label >= 0 && label < names.length) continue;
    throw new InputError(
      `Cannot fit a probe: expected labels that are whole numbers from 0 to ${
        names.length - 1
      }, got ${label}`,
    );
  }
}

function checkNumbers(labels: Labels, threshold: number): void {
  if (!Number.isFinite(threshold)) {
    throw new InputError(
      `Cannot fit a probe: expected a finite threshold, got ${threshold}`,
      ["threshold"],
    );
  }
  for (const label of labels) {
    if (Number.isFinite(label)) continue;
    throw new InputError(`Cannot fit a probe: expected finite labels, got ${label}`);
  }
}

/**
 * Refuses scales that a probe makes no sense of.
 *
 * @throws {InputError} Naming the probe.
 */
export function expectScale(
  probe: string,
  { type }: LabelScale,
  ...known: readonly LabelScale["type"][]
): void {
  if (known.includes(type)) return;
  throw new InputError(
    `Cannot fit the probe "${probe}": expected labels on a scale that is ${
      known.join(" or ")
    }, the scale is ${type}`,
  );
}

/** The weight of each row, `[n]`, mean 1: all 1, or n / (classes · rows of its class). */
export function rowWeights(classes: ArrayLike<number>, weights: ClassWeights): Float64Array {
  if (weights === "none") return new Float64Array(classes.length).fill(1);
  const counts = new Map<number, number>();
  for (const k of Array.from(classes)) counts.set(k, (counts.get(k) ?? 0) + 1);
  return Float64Array.from(classes, (k) => classes.length / (counts.size * counts.get(k)!));
}
