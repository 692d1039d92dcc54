/** The training loop of the supervised baseline: seeded, with a part of the training images held out to say when to stop. */

import {
  type Dataset,
  FormatError,
  InputError,
  type JobContext,
  type Random,
  row,
  rowSize,
  type Tensor,
  tensor,
  throwIfAborted,
} from "@countergrade/countergrade";
import {
  Classifier,
  type ClassifierConfig,
  classifierParameters,
  ClassifierTrainer,
  initialParameters,
  startState,
  type StepRates,
  type TrainingState,
} from "@countergrade/countergrade/engine";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { quadraticWeightedKappa } from "@countergrade/countergrade/review";

/** How the baseline is trained. */
export interface BaselineTraining {
  readonly epochs: number;
  readonly patience: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly flip: boolean;
  /** Share of the split `train` that is held out, in (0, 1). */
  readonly held: number;
  readonly threads: number;
}

/** A trained baseline. */
export interface TrainedBaseline {
  /** The averaged weights `[p]` of the best epoch. */
  readonly weights: Tensor;
  /** The epoch that they are of, from 1. */
  readonly epoch: number;
  /** Quadratic weighted kappa on the held-out part after that epoch. */
  readonly heldQwk: number;
  /** Epochs that were trained. */
  readonly epochs: number;
  /** Optimizer steps of all epochs. */
  readonly steps: number;
}

/** Images that are looked at together, beside training. */
const AT_ONCE = 64;
const EMA_DECAY = 0.99;
const MAX_GRADIENT_NORM = 1;

/** What the network says about images of a data set. */
export interface Told {
  readonly truth: Int32Array;
  /** The median label: the least at which the probabilities up to it reach one half; of a regression the nearest. */
  readonly labels: Int32Array;
  /** P(label ≥ threshold), of a regression the grade beyond the boundary: above 0.5 on the severe side. */
  readonly scores: Float64Array;
}

/**
 * Trains until the kappa of the held-out part has not risen for `patience` epochs, and returns the best epoch's weights. All
 * randomness comes from `job.random` and the numbers of epoch and step, so a resumed training continues exactly.
 *
 * @throws {InputError} When there are too few training images.
 */
export async function trainBaseline(
  dataset: Dataset,
  config: ClassifierConfig,
  options: BaselineTraining,
  classifier: Classifier,
  job: JobContext,
): Promise<TrainedBaseline> {
  const { held, train } = heldOut(dataset, options, job.random);
  const specs = classifierParameters(config);
  let standing = await resumed(dataset, job) ?? {
    state: startState(initialParameters(specs, job.random.fork("initial"))),
    best: { weights: startState(new Float32Array()).weights, epoch: 0, heldQwk: -Infinity },
    epoch: 0,
  };
  const session = { threads: options.threads };
  const { batchSize } = options;
  await using trainer = await ClassifierTrainer.create(config, batchSize, standing.state, session);
  const perEpoch = Math.floor(train.length / batchSize);
  const total = options.epochs * perEpoch;

  while (
    standing.epoch < options.epochs &&
    standing.epoch - standing.best.epoch < patience(options, standing)
  ) {
    const order = job.random.fork("epoch", standing.epoch).permutation(train.length);
    for (let at = 0; at < perEpoch; at++) {
      throwIfAborted(job.signal);
      const { step } = trainer.state;
      const indices = order.subarray(at * batchSize, (at + 1) * batchSize).map((i) => train[i]);
      const { images, labels } = await dataset.get("train", indices);
      const seen = options.flip ? mirrored(images, job.random.fork("step", step)) : images;
      const { loss } = await trainer.step({ images: seen, labels }, ratesAt(step, total, options));
      if (!Number.isFinite(loss)) {
        const reason = `The training diverged at step ${step + 1}: try a smaller learningRate`;
        throw new InputError(reason, ["learningRate"]);
      }
      job.emit({ type: "progress", step: step + 1, total, metrics: { loss } });
    }
    const epoch = standing.epoch + 1;
    const weights = trainer.state.ema;
    const { truth, labels } = await tell(classifier, weights, dataset, "train", held, 1, job);
    const heldQwk = quadraticWeightedKappa(truth, labels);
    const better = heldQwk > standing.best.heldQwk;
    standing = {
      state: trainer.state,
      best: better ? { weights, epoch, heldQwk } : standing.best,
      epoch,
    };
    job.emit({
      type: "progress",
      step: trainer.state.step,
      total,
      message: `epoch ${epoch}`,
      metrics: { heldQwk },
    });
    await save(standing, dataset, job);
  }
  return { ...standing.best, epochs: standing.epoch, steps: trainer.state.step };
}

/** No patience before there is a best epoch. */
function patience(options: BaselineTraining, { best }: Standing): number {
  return best.epoch ? options.patience : Infinity;
}

/** Two parts of the split `train`, the same for the same seed. */
function heldOut(dataset: Dataset, { held, batchSize }: BaselineTraining, random: Random) {
  const count = dataset.splits.train ?? 0;
  const size = Math.ceil(held * count);
  if (count - size < batchSize) {
    throw new InputError(
      `Cannot train on "${dataset.id}": expected at least ${batchSize} images in the split "train" beside ` +
        `the ${size} held out, current number is ${count - size}`,
      ["dataset"],
    );
  }
  const order = random.fork("held").permutation(count);
  return { held: order.subarray(0, size), train: order.subarray(size) };
}

/** A linear rise over the first twentieth, then a cosine fall to a fiftieth. */
function ratesAt(step: number, total: number, options: BaselineTraining): StepRates {
  const rise = Math.min(1, (step + 1) / Math.max(1, total / 20));
  const fall = 0.02 + 0.98 * (1 + Math.cos(Math.PI * step / total)) / 2;
  return {
    learningRate: options.learningRate * rise * fall,
    weightDecay: options.weightDecay,
    emaDecay: Math.min(EMA_DECAY, (1 + step) / (10 + step)),
    maxGradientNorm: MAX_GRADIENT_NORM,
  };
}

/** A copy with about half of the images mirrored left to right. */
function mirrored(images: Tensor, random: Random): Tensor {
  const out = tensor(images.shape, images.data.slice());
  const width = images.shape[3];
  for (let i = 0; i < images.shape[0]; i++) {
    if (random.uniform() < 0.5) continue;
    const { data } = row(out, i);
    for (let at = 0; at < rowSize(out); at += width) data.subarray(at, at + width).reverse();
  }
  return out;
}

/** What weights `[p]` say about the images at `indices` of a split. */
export async function tell(
  classifier: Classifier,
  weights: Tensor,
  dataset: Dataset,
  split: string,
  indices: Int32Array,
  threshold: number,
  { signal }: JobContext,
): Promise<Told> {
  const truth = new Int32Array(indices.length);
  const labels = new Int32Array(indices.length);
  const scores = new Float64Array(indices.length);
  for (let start = 0; start < indices.length; start += AT_ONCE) {
    throwIfAborted(signal);
    const batch = await dataset.get(split, indices.subarray(start, start + AT_ONCE));
    truth.set(batch.labels, start);
    const told = await classifier.tell(weights, batch.images);
    for (let i = 0; i < batch.labels.length; i++) {
      const { label, score } = told.shape[1] === 1
        ? ofGrade(told.data[i], threshold, dataset.scale.names.length)
        : ofClasses(row(told, i).data.map(Math.exp), threshold);
      labels[start + i] = label;
      scores[start + i] = score;
    }
  }
  return { truth, labels, scores };
}

/** The median label, and P(label ≥ threshold). */
function ofClasses(p: Float32Array, threshold: number) {
  let below = 0;
  let label = 0;
  while (label < p.length - 1 && (below += p[label]) < 0.5) label++;
  return { label, score: p.subarray(threshold).reduce((sum, value) => sum + value, 0) };
}

/** The nearest label, and how far the grade lies beyond the boundary, which is at one half. */
function ofGrade(grade: number, threshold: number, labels: number) {
  const label = Math.min(labels - 1, Math.max(0, Math.round(grade)));
  return { label, score: grade - (threshold - 0.5) + 0.5 };
}

/** A network for {@linkcode tell}. */
export async function openClassifier(config: ClassifierConfig, threads: number) {
  return await Classifier.create(config, AT_ONCE, { threads });
}

/** Where a training stands after an epoch. */
interface Standing {
  readonly state: TrainingState;
  readonly best: { readonly weights: Tensor; readonly epoch: number; readonly heldQwk: number };
  readonly epoch: number;
}

const FIELDS = ["weights", "mean", "square", "ema"] as const;

async function save({ state, best, epoch }: Standing, dataset: Dataset, job: JobContext) {
  const tensors = new Map<string, Tensor>(FIELDS.map((name) => [name, state[name]]));
  tensors.set("best", best.weights);
  await job.checkpoint.write(writeSafetensors(tensors, {
    epoch: String(epoch),
    step: String(state.step),
    bestEpoch: String(best.epoch),
    heldQwk: String(best.heldQwk),
    dataset: dataset.fingerprint,
  }));
}

/** The checkpoint, unless it is of other images under the same id. */
async function resumed(dataset: Dataset, job: JobContext): Promise<Standing | undefined> {
  const bytes = await job.checkpoint.read();
  if (!bytes) return undefined;
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.dataset !== dataset.fingerprint) return undefined;
  const field = (name: string): Tensor => {
    const value = tensors.get(name);
    if (!value) {
      throw new FormatError(`Cannot resume the training: the checkpoint has no "${name}"`);
    }
    return tensor(value.shape, value.data.slice());
  };
  const [weights, mean, square, ema] = FIELDS.map(field);
  return {
    state: { step: Number(metadata.step), weights, mean, square, ema },
    best: {
      weights: field("best"),
      epoch: Number(metadata.bestEpoch),
      heldQwk: Number(metadata.heldQwk),
    },
    epoch: Number(metadata.epoch),
  };
}
