/** The family `editors`: moving codes so that the probe sees another grade. */

import { type AnyOptions, defineFamily, type Family } from "./family.ts";
import type { OptionsSchema } from "./options_schema.ts";
import { InputError } from "./errors.ts";
import type { Probe } from "./probe.ts";
import type { Codes, Latents, Tensor } from "./tensor.ts";

/** Where an edit should arrive; exactly one of these. A class is named, or numbered as in the label scale. */
export type Target =
  | { grade: number }
  | { score: number }
  | { probability: number }
  /** `logOdds`: those to arrive at; by default those of the probability 0.9. */
  | { class: string | number; logOdds?: number };

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
  /** The moved codes, with the noise that came in. */
  latents: Latents;
  /** Score asked for; for a class of a nominal scale its log-odds. */
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

/** What an edit shall leave as it is. */
export interface Hold {
  /**
   * Instead of Σ where a step is weighed: (Σ⁻¹ + λCᵀC)⁻¹ `[d, d]`, with C the linear map from codes to what shall change little. Figures
   * of lengths stay those of Σ.
   */
  readonly covariance?: Tensor;
  /** Gradients `[m, d]`, in raw code space, of what shall not change at all. */
  readonly gradients?: Codes;
}

/** What editing may use. */
export interface EditContext {
  /** Of the training codes: what a long step is, and what lies inside the data. */
  readonly statistics: CodeStatistics;
  /** What shall stay as it is; nothing by default. */
  readonly hold?: Hold;
  /** Ends the edit; the promise then rejects with a CancelledError. */
  readonly signal?: AbortSignal;
}

/** How an editor plugin edits. */
export interface EditorPlugin<Options = unknown> {
  /** camelCase, unique among the members of the family. */
  readonly name: string;
  /** How it moves codes, in one sentence: help and forms show it. */
  readonly description: string;
  /** Options of {@linkcode EditorPlugin.edit}. */
  readonly options: OptionsSchema<Options>;
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

/** The probability at which a code counts as one of a class: that of the end grades of an ordinal probe too. */
const CLASS_PROBABILITY = 0.9;

/** What moves, and how far: a score that rises with its gradient. */
export interface Aim {
  /** The probe's own score, or the log-odds of a class. */
  readonly score: (codes: Codes) => Float64Array;
  /** ∂score/∂code `[n, d]`, in raw code space. */
  readonly gradient: (codes: Codes) => Codes;
  /** Where the score should arrive. */
  readonly goal: number;
}

/**
 * What a target asks of a probe. A class of a scale with an order is its grade. A class of a nominal scale is reached when its
 * probability is 0.9, by its own log-odds: the only target that does not move along the probe's score.
 *
 * @throws {InputError} When the scale has no such class, or the probe does not tell it from others.
 */
export function aimAt(probe: Probe, target: Target): Aim {
  const along = (goal: number): Aim => ({
    score: (codes) => probe.score(codes),
    gradient: (codes) => probe.gradient(codes),
    goal,
  });
  if ("score" in target) return along(target.score);
  if ("grade" in target) return along(probe.scoreAt(target.grade));
  if ("probability" in target) return along(probe.scoreAtProbability(target.probability));
  const { names, type } = probe.scale;
  const index = typeof target.class === "number" ? target.class : names.indexOf(target.class);
  if (type === "continuous" || !Number.isInteger(index) || index < 0 || index >= names.length) {
    throw new InputError(
      `Cannot aim at class "${target.class}": expected one of ${
        type === "continuous" ? "no classes, the scale is continuous" : names.join(", ")
      }`,
      ["class"],
    );
  }
  if (type !== "nominal") return along(probe.scoreAt(index));
  const { classes } = probe;
  if (!classes) {
    throw new InputError(
      `Cannot aim at class "${
        names[index]
      }": the probe "${probe.plugin}" does not tell classes apart, fit one that does`,
      ["class"],
    );
  }
  return {
    score: (codes) => classes.logOdds(codes, index),
    gradient: (codes) => classes.gradient(codes, index),
    goal: target.logOdds ?? Math.log(CLASS_PROBABILITY / (1 - CLASS_PROBABILITY)),
  };
}

/** The score that a target asks of a probe; of a class of a nominal scale its log-odds. */
export function targetScore(probe: Probe, target: Target): number {
  return aimAt(probe, target).goal;
}

/** Halvings of an interval: more than it takes to come to neighboring doubles. */
const HALVINGS = 200;
/** The widest interval of grades that is looked through, to both sides of the scale. */
const WIDEST = 2 ** 60;

/**
 * The grade that a target asks of a probe: for scores and probabilities the inverse of {@linkcode Probe.scoreAt}, found by bisection;
 * for a class its index. NaN where the target has no score, infinite where the score is.
 *
 * @throws {InputError} When the scale has no such class, or the probe does not tell it from others.
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
  const score = targetScore(probe, target);
  const { names } = probe.scale;
  if ("class" in target) {
    return typeof target.class === "number" ? target.class : names.indexOf(target.class);
  }
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

/** Codes moved to another grade, see {@linkcode EditorPlugin}. */
export const editors: Family<EditorPlugin<AnyOptions>> = defineFamily(
  "editors",
  "Codes moved to another grade",
);
