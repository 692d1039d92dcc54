/** The family `metrics`: figures about a counterfactual path. */

import type { Codes, Images } from "./tensor.ts";

/** A rendered path of one image, as metrics see it. Arrays have one entry per frame, in the order of the targets. */
export interface PathRecord {
  /** The original image `[1, c, h, w]`. */
  readonly original: Images;
  /** Its reconstruction without an edit `[1, c, h, w]`. */
  readonly reconstruction: Images;
  /** Frames `[n, c, h, w]`. */
  readonly frames: Images;
  /** The original's code `[1, d]`. */
  readonly code: Codes;
  /** Edited codes `[n, d]`. */
  readonly codes: Codes;
  /** Codes of the re-encoded frames `[n, d]`. */
  readonly reencoded: Codes;
  readonly targetScores: readonly number[];
  readonly targetGrades: readonly number[];
  readonly latentGrades: readonly number[];
  readonly imageGrades: readonly number[];
  readonly imageScores: readonly number[];
  /** Mahalanobis lengths of the edits, in σ. */
  readonly lengths: readonly number[];
  /** `lengths` over the least possible for the same changes of score, where the editor told. */
  readonly lengthRatios?: readonly number[];
}

/** How a metric plugin measures a path. */
export interface MetricPlugin {
  readonly name: string;
  /** Definition, unit, which way is better, and source. */
  readonly description: string;
  /** Named figures; NaN where a figure has no meaning for this path. */
  measure(path: PathRecord): Record<string, number>;
}
