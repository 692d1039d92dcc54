/** The training loop of the Diffusion Autoencoder. */

import {
  type Dataset,
  InputError,
  type JobContext,
  type TrainedModel,
} from "@countergrade/countergrade";
import {
  AccumulatingTrainer,
  type DaeConfig,
  daeParameters,
  facingConfig,
  initialParameters,
  LATERALITY,
  linearSchedule,
  type Schedule,
  type SessionOptions,
  startOn,
  startState,
  type StepFigures,
  Trainer,
  type TrainingState,
  unflatten,
} from "@countergrade/countergrade/engine";
import { bestAfter } from "./early_stop.ts";
import { INSPECTED_IMAGES, Inspection } from "./inspection.ts";
import { facing, lateralAxis } from "./laterality.ts";
import { writeModel } from "./model.ts";
import { configOf, type DaeTrainingOptions } from "./options.ts";
import { slicesIn } from "./slices.ts";
import { ratesAt } from "./step_rates.ts";
import { imagesPerStep, trainingBatch } from "./training_batch.ts";
import { resumed, saveStanding } from "./training_checkpoint.ts";
import { HELD_OUT } from "./validation.ts";

/**
 * Trains on the split `train` and returns the model: the averaged weights of the last step, or with `earlyStop` those
 * of the inspection with the lowest validation loss. All randomness comes from `job.random` and the step's number, so a
 * resumed training continues exactly as if it had never stopped.
 */
export async function trainDae(
  whole: Dataset,
  options: DaeTrainingOptions,
  job: JobContext,
): Promise<TrainedModel> {
  const { random, signal } = job;
  const images = options.slices ? slicesIn(whole) : whole;
  const model = configOf(options, images.imageShape);
  checkDataset(images, options);
  const axis = model.laterality && await lateralAxis(images, random.fork("laterality"), signal);
  const dataset = axis ? facing(images, axis) : images;
  const config = facingConfig(model);
  const specs = daeParameters(config);
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const kept = await resumed(dataset, job);
  const start = kept?.state ?? startState(initialParameters(specs, random.fork("initial")));
  let { loss, best } = kept ?? { loss: 0 };
  let saved = kept?.state.step;
  const { provider, value: started } = await startOn(
    options.provider ?? job.host.provider,
    async (provider) => {
      const session = { threads: options.threads, provider };
      await using parts = new AsyncDisposableStack();
      const trainer = parts.use(await trainerFor(config, schedule, options, start, session));
      const inspection = parts.use(
        await Inspection.prepare(dataset, config, schedule, options, random, session),
      );
      return { trainer, inspection, parts: parts.move() };
    },
    (message) => job.emit({ type: "warning", message }),
  );
  await using _parts = started.parts;
  const { trainer, inspection } = started;

  const total = Math.min(options.steps, options.stopAfter ?? options.steps);
  const perStep = imagesPerStep(options);
  const tell = (step: number, metrics: Record<string, number>) =>
    job.emit({ type: "progress", step, total, metrics, imagesPerStep: perStep });
  const patience = options.earlyStop?.patience ?? Infinity;
  while (trainer.state.step < total && !(best && best.since >= patience)) {
    job.signal.throwIfAborted();
    const { step } = trainer.state;
    const batch = await trainingBatch(dataset, config, options, schedule, random, step);
    const figures = await trainer.step(batch, ratesAt(step, options), random.fork("step", step));
    checkFigures(figures, step + 1, saved);
    loss = loss ? 0.98 * loss + 0.02 * figures.loss : figures.loss;
    const done = step + 1;
    tell(done, { loss: figures.loss, smoothLoss: loss, gradientNorm: figures.gradientNorm });
    const last = done === total;
    if (done % options.inspectEvery === 0 || last) {
      const state = await trainer.sync();
      const metrics = await inspection.measure(state, job.signal);
      tell(done, metrics);
      await inspection.show(state, job);
      if (options.earlyStop) best = bestAfter(best, state, metrics.validationLoss);
    }
    if (done % options.checkpointEvery === 0 && !last) {
      await saveStanding({ state: await trainer.sync(), loss, best }, dataset, job);
      saved = done;
    }
  }

  const { step, ema } = await trainer.sync();
  if (best && step < total) {
    const message = `The training stopped early, after step ${step}: validationLoss has not ` +
      `fallen since step ${best.step}, whose weights are the model`;
    job.emit({ type: "warning", message });
  }
  const weights = unflatten((best?.weights ?? ema).data, specs);
  if (axis) weights.set(LATERALITY, axis);
  const facts = {
    preset: options.preset,
    dataset: dataset.id,
    trainingSteps: String(best?.step ?? step),
    seed: random.seed,
    ...options.slices && { slices: String(whole.imageShape[1]) },
  };
  return {
    model: writeModel({ config: model, weights, facts }, options.storage),
    steps: step,
    loss,
    images: (step - start.step) * perStep,
    provider,
  };
}

/** The steps that the options ask for, compiled. */
export function trainerFor(
  config: DaeConfig,
  schedule: Schedule,
  { batchSize, accumulate = 1, encoderAugment, vicreg }: DaeTrainingOptions,
  start: TrainingState,
  session: SessionOptions,
): Promise<Trainer | AccumulatingTrainer> {
  const views = { seen: encoderAugment !== undefined, vicreg: vicreg?.weight };
  return accumulate === 1
    ? Trainer.create(config, schedule, batchSize, start, session, views)
    : AccumulatingTrainer.create(config, schedule, batchSize, accumulate, start, session, views);
}

/** Stops before a checkpoint is overwritten by what has no numbers any more; `saved` is the step of the last one. */
function checkFigures({ loss, gradientNorm }: StepFigures, step: number, saved?: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  const kept = saved === undefined
    ? "there is no checkpoint yet"
    : `its last checkpoint is that of step ${saved}`;
  throw new InputError(
    `The training diverged at step ${step} (loss ${loss}, gradient norm ${gradientNorm}), ${kept}: try a smaller learningRate`,
    ["encoder", "dae", "learningRate"],
  );
}

/** @throws {InputError} When a data set has too few images for a training. */
export function checkDataset({ id, splits }: Dataset, options: DaeTrainingOptions): void {
  const images = splits.train ?? 0;
  const needed = Math.max(imagesPerStep(options), INSPECTED_IMAGES);
  if (images < needed) {
    throw new InputError(
      `Cannot train on "${id}": expected at least ${needed} images in the split "train", current number is ${images}`,
      ["dataset"],
    );
  }
  if (options.earlyStop && !splits[HELD_OUT]) {
    throw new InputError(
      `Cannot stop early on "${id}": expected images in the split "${HELD_OUT}", there are none`,
      ["encoder", "dae", "earlyStop"],
    );
  }
}
