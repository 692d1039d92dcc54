/** What an evaluation works with: that of a path, and the question that the probe answers. */

import type { JobContext } from "@countergrade/countergrade";
import { type LoadedEncoders, thresholdOf } from "../encoders/models.ts";
import { type DatasetPathSetup, openPathSetup, type PathOptions } from "../paths/setup.ts";

/** See {@linkcode openEvaluation}. */
export interface EvaluationSetup extends DatasetPathSetup {
  /** The probe's binary question is: label ≥ threshold. */
  readonly threshold: number;
}

/**
 * Opens what the options name, as {@linkcode openPathSetup}. Foreign images are not refused: they are counted.
 */
export async function openEvaluation(
  options: Omit<PathOptions, "foreign">,
  job: JobContext,
  loaded: LoadedEncoders,
): Promise<EvaluationSetup> {
  const setup = await openPathSetup({ ...options, foreign: true }, job, loaded);
  return { ...setup, threshold: thresholdOf(setup.stored) };
}
