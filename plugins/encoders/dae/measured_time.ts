/** How long a training takes where it would run: a few of its steps are taken and timed. */

import type { Dataset, JobContext } from "@countergrade/countergrade";
import {
  type DaeConfig,
  daeParameters,
  facingConfig,
  initialParameters,
  linearSchedule,
  startOn,
  startState,
} from "@countergrade/countergrade/engine";
import type { DaeTrainingOptions } from "./options.ts";
import { ratesAt } from "./step_rates.ts";
import { checkDataset, trainerFor } from "./train.ts";
import { trainingBatch } from "./training_batch.ts";

/** Timed are this many steps, or as many as come within {@linkcode PATIENCE}, after one that is not. */
const STEPS = 5;

/** ms */
const PATIENCE = 20_000;

/** What was measured. */
export interface MeasuredTime {
  /** Where the steps ran. */
  readonly provider: string;
  /** By the clock: the median of a step, with its images and its update. */
  readonly secondsPerStep: number;
}

/**
 * Times steps of a training on a data set. Inspections and checkpoints are not among them.
 *
 * @param now Another clock, in milliseconds: that of the processor, or of a test.
 * @throws {InputError} When the data set has too few images.
 */
export async function measuredTime(
  dataset: Dataset,
  whole: DaeConfig,
  options: DaeTrainingOptions,
  job: JobContext,
  now: () => number = () => performance.now(),
): Promise<MeasuredTime> {
  checkDataset(dataset, options);
  const { random } = job;
  const config = facingConfig(whole);
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const start = startState(initialParameters(daeParameters(config), random.fork("initial")));
  const { threads } = options;
  const { provider, value } = await startOn(
    job.host.provider,
    (provider) => trainerFor(config, schedule, options, start, { threads, provider }),
    (message) => job.emit({ type: "warning", message }),
  );
  await using trainer = value;
  const marks = [now()];
  const isSlow = () => marks.length > 2 && marks.at(-1)! - marks[0] > PATIENCE;
  for (let step = 0; step <= STEPS && !isSlow(); step++) {
    job.signal.throwIfAborted();
    const batch = await trainingBatch(dataset, config, options, schedule, random, step);
    await trainer.step(batch, ratesAt(step, options), random.fork("step", step));
    marks.push(now());
  }
  const times = marks.slice(2).map((mark, i) => (mark - marks[i + 1]) / 1000);
  const secondsPerStep = times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  return { provider, secondsPerStep };
}
