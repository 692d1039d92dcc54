/** The training loop of the Diffusion Autoencoder. */

import {
  type DaeConfig,
  daeParameters,
  type Dataset,
  FormatError,
  initialParameters,
  InputError,
  Inspector,
  type JobContext,
  linearSchedule,
  type Random,
  readSafetensors,
  type Schedule,
  sizeOf,
  startOn,
  startState,
  type StepRates,
  strip,
  type Tensor,
  type TrainedModel,
  Trainer,
  type TrainingBatch,
  type TrainingState,
  unflatten,
  writeSafetensors,
} from "@countergrade/countergrade";
import { fromModelRange, toModelRange } from "./image_range.ts";
import { writeModel } from "./model.ts";
import { configOf, type DaeTrainingOptions } from "./options.ts";

/** Times at which z use is measured. */
const INSPECTED_TIMES = [300, 600, 900];
/** Images of the inspected batch. */
const INSPECTED_IMAGES = 8;

/**
 * Trains on the split `train` and returns the model. All randomness comes from `job.random` and the step's
 * number, so a resumed training continues exactly as if it had never stopped.
 */
export async function trainDae(
  dataset: Dataset,
  options: DaeTrainingOptions,
  job: JobContext,
): Promise<TrainedModel> {
  const config = configOf(options, dataset.imageShape);
  checkDataset(dataset, options);
  const specs = daeParameters(config);
  const schedule = linearSchedule(config.noiseSteps, ...config.betas);
  const kept = await resumed(dataset, job);
  const start = kept?.state ?? startState(initialParameters(specs, job.random.fork("initial")));
  const { provider, value: started } = await startOn(
    options.provider ?? job.host.provider,
    async (provider) => {
      const session = { threads: options.threads, provider };
      await using parts = new AsyncDisposableStack();
      const trainer = parts.use(
        await Trainer.create(config, schedule, options.batchSize, start, session),
      );
      const inspector = parts.use(
        await Inspector.create(config, schedule, INSPECTED_IMAGES, session),
      );
      return { trainer, inspector, parts: parts.move() };
    },
    (message) => job.emit({ type: "warning", message }),
  );
  await using _parts = started.parts;
  const { trainer, inspector } = started;
  const inspection = await prepareInspection(dataset, job.random);

  const end = Math.min(options.steps, options.stopAfter ?? options.steps);
  let loss = kept?.loss ?? 0;
  while (trainer.state.step < end) {
    job.signal.throwIfAborted();
    const { step } = trainer.state;
    const batch = await trainingBatch(dataset, config, options, schedule, job.random, step);
    const figures = await trainer.step(batch, ratesAt(step, options));
    if (!Number.isFinite(figures.loss) || !Number.isFinite(figures.gradientNorm)) {
      throw new InputError(
        `The training diverged at step ${step + 1}: try a smaller learningRate`,
        ["encoder", "dae", "learningRate"],
      );
    }
    loss = loss ? 0.98 * loss + 0.02 * figures.loss : figures.loss;
    const done = step + 1;
    const metrics = { loss: figures.loss, smoothLoss: loss, gradientNorm: figures.gradientNorm };
    job.emit({ type: "progress", step: done, total: end, metrics });
    const last = done === end;
    if (done % options.inspectEvery === 0 || last) {
      await inspect(inspector, await trainer.sync(), inspection, schedule, config, job, end);
    }
    if (done % options.checkpointEvery === 0 && !last) {
      await saveState({ state: await trainer.sync(), loss }, dataset, job);
    }
  }
  const weights = unflatten((await trainer.sync()).ema.data, specs);
  const facts = {
    preset: options.preset,
    dataset: dataset.id,
    trainingSteps: String(end),
    seed: job.random.seed,
  };
  return {
    model: writeModel({ config, weights, facts }, options.storage),
    steps: trainer.state.step,
    loss,
    images: (trainer.state.step - start.step) * options.batchSize,
    provider,
  };
}

function checkDataset(dataset: Dataset, options: DaeTrainingOptions): void {
  const images = dataset.splits.train ?? 0;
  const needed = Math.max(options.batchSize, INSPECTED_IMAGES);
  if (images >= needed) return;
  throw new InputError(
    `Cannot train on "${dataset.id}": expected at least ${needed} images in the split "train", current number is ${images}`,
    ["dataset"],
  );
}

function ratesAt(step: number, options: DaeTrainingOptions): StepRates {
  const { learningRate, warmUp, steps, weightDecay, maxGradientNorm } = options;
  const rise = Math.min(1, (step + 1) / Math.max(1, warmUp));
  const progress = Math.min(1, Math.max(0, (step - warmUp) / Math.max(1, steps - warmUp)));
  const fall = options.decay === "cosine"
    ? 0.02 + 0.98 * (1 + Math.cos(Math.PI * progress)) / 2
    : 1;
  const emaDecay = Math.min(options.emaDecay, (1 + step) / (10 + step));
  return { learningRate: learningRate * rise * fall, emaDecay, maxGradientNorm, weightDecay };
}

/** The batch of one step: epochs are permutations, cut into batches; a last short batch is left out. */
async function trainingBatch(
  dataset: Dataset,
  config: DaeConfig,
  { batchSize, flip }: DaeTrainingOptions,
  schedule: Schedule,
  random: Random,
  step: number,
): Promise<TrainingBatch> {
  const perEpoch = Math.floor(dataset.splits.train / batchSize);
  const order = epochOrder(dataset, random, Math.floor(step / perEpoch));
  const at = (step % perEpoch) * batchSize;
  const { images } = await dataset.get("train", order.subarray(at, at + batchSize));
  const stream = random.fork("step", step);
  const seen = toModelRange(flip ? mirrored(images, stream) : images, config);
  return {
    images: seen,
    noise: { shape: images.shape, data: stream.normals(images.data.length) },
    times: {
      shape: [batchSize],
      data: Float32Array.from({ length: batchSize }, () => stream.integer(schedule.steps)),
    },
  };
}

/** The order of an epoch; the latest is kept. */
const orders = new WeakMap<Dataset, { key: string; order: Int32Array }>();
function epochOrder(dataset: Dataset, random: Random, epoch: number): Int32Array {
  const stream = random.fork("epoch", epoch);
  const kept = orders.get(dataset);
  if (kept?.key === stream.seed) return kept.order;
  const order = stream.permutation(dataset.splits.train);
  orders.set(dataset, { key: stream.seed, order });
  return order;
}

function mirrored(images: Tensor, random: Random): Tensor {
  const [n, , , w] = images.shape;
  const size = sizeOf(images.shape.slice(1));
  const data = images.data.slice();
  for (let i = 0; i < n; i++) {
    if (random.uniform() < 0.5) continue;
    for (let at = i * size; at < (i + 1) * size; at += w) data.subarray(at, at + w).reverse();
  }
  return { shape: images.shape, data };
}

interface PreparedInspection {
  readonly images: Tensor;
  readonly noise: Tensor;
}

/** Fixed images, of a held-out split where there is one, and fixed noise. */
async function prepareInspection(dataset: Dataset, random: Random): Promise<PreparedInspection> {
  const split = ["val", "test", "train"].find((name) =>
    (dataset.splits[name] ?? 0) >= INSPECTED_IMAGES
  )!;
  const indices = random.fork("inspect").permutation(dataset.splits[split]).subarray(
    0,
    INSPECTED_IMAGES,
  );
  const { images } = await dataset.get(split, indices);
  const noise = {
    shape: images.shape,
    data: random.fork("inspect", "noise").normals(images.data.length),
  };
  return { images, noise };
}

/**
 * Reports z use — the x₀ error with another image's code over that with the own code — and a picture: the images' x₀
 * predicted from nearly pure noise, so all that they show comes from z.
 */
async function inspect(
  inspector: Inspector,
  state: TrainingState,
  { images, noise }: PreparedInspection,
  schedule: Schedule,
  config: DaeConfig,
  job: JobContext,
  total: number,
): Promise<void> {
  const metrics: Record<string, number> = {};
  const seen = toModelRange(images, config);
  const timesOf = (t: number) => ({
    shape: [INSPECTED_IMAGES],
    data: new Float32Array(INSPECTED_IMAGES).fill(t),
  });
  for (const t of INSPECTED_TIMES) {
    const time = Math.min(Math.round(t / 1000 * schedule.steps), schedule.steps - 1);
    const { own, other } = await inspector.inspect(state.ema, {
      images: seen,
      noise,
      times: timesOf(time),
    });
    metrics[`zUse${t}`] = other / own;
    metrics[`x0Error${t}`] = own;
  }
  job.emit({ type: "progress", step: state.step, total, metrics });
  const { predicted } = await inspector.inspect(state.ema, {
    images: seen,
    noise,
    times: timesOf(schedule.steps - 1),
  });
  const image = await job.saveBlob(strip(fromModelRange(predicted, config)), "png");
  job.emit({ type: "trainingSample", step: state.step, image });
}

const STATE_FIELDS = ["weights", "mean", "square", "ema"] as const;

/** Where a training stands. */
interface Standing {
  readonly state: TrainingState;
  /** The smoothed loss. */
  readonly loss: number;
}

async function saveState({ state, loss }: Standing, dataset: Dataset, job: JobContext) {
  const tensors = new Map<string, Tensor>(STATE_FIELDS.map((name) => [name, state[name]]));
  const facts = { step: String(state.step), loss: String(loss), dataset: dataset.fingerprint };
  await job.checkpoint.write(writeSafetensors(tensors, facts));
}

/** The checkpoint, unless it is of other images under the same id. */
async function resumed(dataset: Dataset, job: JobContext): Promise<Standing | undefined> {
  const bytes = await job.checkpoint.read();
  if (!bytes) return undefined;
  const { tensors, metadata } = readSafetensors(bytes);
  if ((metadata.dataset ?? dataset.fingerprint) !== dataset.fingerprint) {
    const message = `"${dataset.id}" has changed since the checkpoint: the training starts anew`;
    job.emit({ type: "warning", message });
    return undefined;
  }
  const field = (name: string): Tensor => {
    const value = tensors.get(name);
    if (!value) {
      throw new FormatError(`Cannot resume the training: the checkpoint has no "${name}"`);
    }
    return { shape: value.shape, data: value.data.slice() };
  };
  const state = {
    step: Number(metadata.step),
    weights: field("weights"),
    mean: field("mean"),
    square: field("square"),
    ema: field("ema"),
  };
  return { state, loss: Number(metadata.loss ?? 0) };
}
