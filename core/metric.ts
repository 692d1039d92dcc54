/** The family `metrics`: figures about a counterfactual path. */

import { defineFamily, type Family } from "./family.ts";
import type { Labels, LabelScale } from "./labels.ts";
import type { Edit, Target } from "./editor.ts";
import type { Probe } from "./probe.ts";
import type { Codes, Images, Latents, Tensor } from "./tensor.ts";

/** A rendered path of one image, as metrics see it. Arrays have one entry per frame, in the order of the targets. */
export interface PathRecord {
  /** The original image `[1, c, h, w]`. */
  readonly original: Images;
  /** What frames are compared with, made as they are: its reconstruction without an edit `[1, c, h, w]`. */
  readonly reconstruction: Images;
  /** What the model itself rebuilds `[1, c, h, w]`, where frames and `reconstruction` carry what it misses. */
  readonly plain?: Images;
  /** Frames `[n, c, h, w]`. */
  readonly frames: Images;
  /** The original's code `[1, d]`. */
  readonly code: Codes;
  /** Edited codes `[n, d]`. */
  readonly codes: Codes;
  /** Codes of the re-encoded frames `[n, d]`. */
  readonly reencoded: Codes;
  /** Of the grades, where it is known. */
  readonly scale?: LabelScale;
  /** The scores `[n]` that were asked for, in σ; for a class of a nominal scale its log-odds. */
  readonly targetScores: readonly number[];
  /** The grades `[n]` that were asked for. */
  readonly targetGrades: readonly number[];
  /** The grades `[n]` of the edited codes. */
  readonly latentGrades: readonly number[];
  /** The scores `[n]` of the edited codes, in σ; missing where they were not kept. */
  readonly latentScores?: readonly number[];
  /** The grades `[n]` of the frames, encoded again. */
  readonly imageGrades: readonly number[];
  /** The scores `[n]` of the frames, encoded again, in σ. */
  readonly imageScores: readonly number[];
  /** Mahalanobis lengths of the edits, in σ. */
  readonly lengths: readonly number[];
  /** `lengths` over the least possible for the same changes of score, where the editor told. */
  readonly lengthRatios?: readonly number[];
}

/** Codes `[n, d]` of the images that a probe was fitted to, with their labels `[n]`. */
export interface TrainingCodes {
  /** `[n, d]` */
  readonly codes: Codes;
  /** As the probe's scale has them. */
  readonly labels: Labels;
}

/** The models that made a path, with its sampler and editor, for metrics that try more than the path shows. */
export interface PathTools {
  /** What graded the path. */
  readonly probe: Probe;
  /** Aborted with the job; all methods then reject with a CancelledError. */
  readonly signal?: AbortSignal;
  /** Images `[n, c, h, w]` to codes `[n, d]`. */
  encode(images: Images): Promise<Codes>;
  /** The stochastic codes `x_T` `[n, c, h, w]` of images given their codes. */
  encodeStochastic(images: Images, codes: Codes): Promise<Tensor>;
  /** Latents to images `[n, c, h, w]`, as the model renders them: without what it misses, see {@linkcode PathRecord.plain}. */
  render(latents: Latents): Promise<Images>;
  /** Moves the codes of each row to its target. @throws {InputError} When a target cannot be reached. */
  edit(latents: Latents, targets: readonly Target[]): Promise<Edit>;
  /** The codes that the probe was fitted to, where they can be had; encoded once where they were not kept. */
  training?(): Promise<TrainingCodes>;
}

/** Images as a judge sees them. */
export interface SeenImages {
  /** `[n, f]`: what a judge tells of each beside its grade. */
  readonly features: Tensor;
  /** How much each counts, `[n]`, with the sum 1. */
  readonly weights: Float64Array;
}

/** All paths of an evaluation as a judge sees them. */
export interface SeenPaths {
  /** Real images of the split, weighed so that grades are as frequent as they were asked for. */
  readonly real: SeenImages;
  /** As many other real images as there are frames, weighed alike: what is found between real images. */
  readonly otherReal: SeenImages;
  /** Of the images of the paths, without an edit. */
  readonly reconstructions: SeenImages;
  /** All frames of all paths. */
  readonly frames: SeenImages;
}

/** Named figures; NaN where a figure has no meaning for a path. */
export type Figures = Record<string, number>;

/** How a metric plugin measures a path. */
export interface MetricPlugin {
  /** camelCase, unique among the members of the family. */
  readonly name: string;
  /** Definition, unit, which way is better, and source. */
  readonly description: string;
  /**
   * What a path costs if `measure` calls the models, as "one inversion and one rendering of every frame". Such a metric is measured where
   * it is asked for by name; one without a cost on every path, and must leave the models alone.
   */
  readonly cost?: string;
  /** The same names for every path; none of a metric that looks at all paths together. */
  measure(path: PathRecord, tools: PathTools): Figures | Promise<Figures>;
  /** Figures of all paths together, where a judge has seen them. */
  together?(seen: SeenPaths): Figures | Promise<Figures>;
}

/** Figures about rendered paths, see {@linkcode MetricPlugin}. */
export const metrics: Family<MetricPlugin> = defineFamily("metrics", "Figures about paths");
