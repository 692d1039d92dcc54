/** What an evaluation keeps of a path: figures, no images. */

import type { Verdict } from "../judges/witness.ts";
import type { Familiarity } from "../latents/familiarity.ts";
import type { FrameFigures } from "../paths/frames.ts";

/** Values of one measurement; null where it could not be told. */
export interface MeasuredPath {
  readonly original: number | null;
  readonly reconstruction: number | null;
  readonly frames: readonly (number | null)[];
}

/** One path of an evaluation. */
export interface EvaluatedPath {
  readonly index: number;
  readonly image: string;
  readonly label: number;
  /** Whether the image is one of those that the probe learned from, where that is known. */
  readonly familiarity?: Familiarity;
  /** Score and grade of the image's code. */
  readonly latentScore: number;
  readonly latentGrade: number;
  /** What the probe reads in it by itself, whatever a target means. */
  readonly latentRead: number;
  /** Score of the reconstruction, encoded again. */
  readonly reconstructionScore: number;
  /** Scores of the grades asked for. */
  readonly targetScores: readonly number[];
  readonly frames: readonly FrameFigures[];
  /** By the names of the data set's measurements. */
  readonly measured: Readonly<Record<string, MeasuredPath>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  /** What the judge sees of the reconstruction and of each frame, where it tells features. */
  readonly seen?: readonly (readonly number[])[];
  /** What the judge says, where there is one; of the frames each has its own. */
  readonly judge?: JudgedByPath;
}

/** What a judge says of a path beside its frames. */
export interface JudgedByPath {
  readonly name: string;
  readonly original: Verdict;
  readonly reconstruction: Verdict;
  /** The metrics by the judge's grades and sides instead of the probe's. */
  readonly metrics: Readonly<Record<string, number>>;
}
