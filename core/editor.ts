/** The family `editors`: moving codes so that the probe sees another grade. */

import type { z } from "zod";
import { InputError } from "./errors.ts";
import type { Probe } from "./probe.ts";
import type { Latents, Tensor } from "./tensor.ts";

/** Where an edit should arrive; exactly one of these. A class is a name of the label scale or its index. */
export type Target =
  | { grade: number }
  | { score: number }
  | { probability: number }
  | { class: string | number };

/** The distribution of the training codes. */
export interface CodeStatistics {
  /** Mean `[d]`. */
  readonly mean: Tensor;
  /** Shrunk covariance Σ `[d, d]` in raw code space. */
  readonly covariance: Tensor;
  /** Sorted Mahalanobis distances `[n]` of the training codes to the mean: the yardstick of "inside the data". */
  readonly distances: Tensor;
}

/** An edit and how far it went. Arrays have one entry per row. */
export interface Edit {
  latents: Latents;
  /** Score asked for. */
  targetScore: Float64Array;
  /** Mahalanobis length √(ΔzᵀΣ⁻¹Δz) of the step, in σ. */
  length: Float64Array;
  /**
   * `length` over the least possible for the same change of score, |f* − f|/√(gᵀΣg); where the score bends, over that of its
   * tangent at the start.
   */
  lengthRatio: Float64Array;
  /** Percentile (0–100) of the edited code's Mahalanobis distance among the training codes. */
  percentile: Float64Array;
}

/** What editing may use. */
export interface EditContext {
  readonly statistics: CodeStatistics;
  readonly signal?: AbortSignal;
}

/** How an editor plugin edits. */
export interface EditorPlugin<Options = unknown> {
  readonly name: string;
  readonly description: string;
  readonly options: z.ZodType<Options>;
  /**
   * Moves each row's codes to `targets[i]`; the noise `x_T` stays as it is. A step of zero is the identity.
   *
   * @throws {InputError} When a target cannot be reached by this probe.
   */
  edit(
    latents: Latents,
    probe: Probe,
    targets: readonly Target[],
    options: Options,
    context: EditContext,
  ): Promise<Edit>;
}

/**
 * The score that a target asks of a probe. A class is met at the middle of its grade, so grade k for class k.
 *
 * @throws {InputError} When the probe's scale has no such class.
 */
export function targetScore(probe: Probe, target: Target): number {
  if ("score" in target) return target.score;
  if ("grade" in target) return probe.scoreAt(target.grade);
  if ("class" in target) return probe.scoreAt(classIndex(probe, target.class));
  return probe.scoreAtProbability(target.probability);
}

/** Halvings of an interval: more than it takes to come to neighbouring doubles. */
const HALVINGS = 200;
/** The widest interval of grades that is looked through, to both sides of the scale. */
const WIDEST = 2 ** 60;

/**
 * The grade that a target asks of a probe: for scores and probabilities the inverse of {@linkcode Probe.scoreAt}, found by bisection;
 * for a class its index. NaN where the target has no score, infinite where the score is.
 *
 * @throws {InputError} When the scale has no such class.
 * @example
 * ```ts
 * import { targetGrade } from "@countergrade/countergrade";
 * import { toyCodes } from "@countergrade/countergrade/testing";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { probe } = toyCodes();
 * assertAlmostEquals(targetGrade(probe, { score: probe.scoreAt(1.3) }), 1.3, 1e-9);
 * assertAlmostEquals(targetGrade(probe, { class: "severe" }), 2, 1e-9);
 * ```
 */
export function targetGrade(probe: Probe, target: Target): number {
  if ("grade" in target) return target.grade;
  if ("class" in target) return classIndex(probe, target.class);
  const score = targetScore(probe, target);
  const { names } = probe.scale;
  if (!Number.isFinite(score)) return score;
  let width = 1;
  while (width < WIDEST && probe.scoreAt(-width) > score) width *= 2;
  let low = -width;
  width = 1;
  while (width < WIDEST && probe.scoreAt(names.length - 1 + width) < score) width *= 2;
  let high = names.length - 1 + width;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (probe.scoreAt(middle) < score) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** @throws {InputError} Naming the classes that there are. */
function classIndex({ scale: { names } }: Probe, wanted: string | number): number {
  const index = typeof wanted === "number" ? wanted : names.indexOf(wanted);
  if (Number.isInteger(index) && index >= 0 && index < names.length) return index;
  throw new InputError(
    `Cannot find the class ${JSON.stringify(wanted)}: expected one of ${
      names.join(", ")
    }, or 0 to ${names.length - 1}`,
    ["class"],
  );
}
