/** The family `editors`: moving codes so that the probe sees another grade. */

import type { z } from "zod";
import type { Probe } from "./probe.ts";
import type { Latents, Tensor } from "./tensor.ts";

/** Where an edit should arrive; exactly one of these. */
export type Target = { grade: number } | { score: number } | { probability: number };

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
  /** `length` over the least possible for the same change of score. */
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

/** The score that a target asks of a probe. */
export function targetScore(probe: Probe, target: Target): number {
  if ("score" in target) return target.score;
  if ("grade" in target) return probe.scoreAt(target.grade);
  return probe.scoreAtProbability(target.probability);
}
