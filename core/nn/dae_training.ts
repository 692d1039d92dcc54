/** Training of a Diffusion Autoencoder: forward, backward, Adam and EMA as one graph, and the loop's state. */

import type { Schedule } from "../diffusion/schedule.ts";
import { gradient } from "../graph/gradient.ts";
import {
  add,
  clip,
  concat,
  div,
  Graph,
  mul,
  reduceMean,
  reduceSum,
  split,
  sqrt,
  sub,
  type Value,
} from "../graph/graph.ts";
import { Session, type SessionOptions } from "../graph/session.ts";
import type { Random } from "../random.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import type { DaeConfig } from "./dae_config.ts";
import { daeParameters, denoiserNetwork, encoderNetwork } from "./dae_network.ts";
import { Dropout } from "./dropout.ts";
import { mixing, type NoisyBatch, noisyBatch, type TrainingBatch } from "./noisy_batch.ts";
import { flatSource, parameterCount, type ParameterSpec } from "./parameters.ts";

/** Constants of Adam (Kingma & Ba 2015), as PyTorch's defaults. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The numbers that steer one step. */
export interface StepRates {
  readonly learningRate: number;
  /** Decay of the exponential moving average, in [0, 1]. */
  readonly emaDecay: number;
  /** Largest allowed norm of the whole gradient; Infinity for none. */
  readonly maxGradientNorm?: number;
  /** Decoupled weight decay (AdamW). */
  readonly weightDecay?: number;
}

/** The state of a training, as flat vectors `[p]` in the order of {@linkcode daeParameters}. */
export interface TrainingState {
  readonly step: number;
  readonly weights: Tensor;
  /** Adam's first moment. */
  readonly mean: Tensor;
  /** Adam's second moment. */
  readonly square: Tensor;
  /** Exponential moving average of the weights: what the finished model uses. */
  readonly ema: Tensor;
}

/** The figures of one step. */
export interface StepFigures {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** Where the next step takes its state from, when that stays on a device. */
const FEEDBACK = {
  nextWeights: "weights",
  nextMean: "mean",
  nextSquare: "square",
  nextEma: "ema",
};

/** A fresh state for starting weights. */
export function startState(weights: Float32Array): TrainingState {
  const shape = [weights.length];
  const flat = (data: Float32Array): Tensor => ({ shape, data });
  return {
    step: 0,
    weights: flat(weights),
    mean: flat(new Float32Array(weights.length)),
    square: flat(new Float32Array(weights.length)),
    ema: flat(weights.slice()),
  };
}

/** Training steps of one batch size. */
export class Trainer implements AsyncDisposable {
  #session: Session;
  #schedule: Schedule;
  #dropout: Dropout;
  /** Where the training stands. On a device `step` is up to date, the vectors are those of the last {@linkcode Trainer.sync}. */
  state: TrainingState;

  private constructor(
    session: Session,
    schedule: Schedule,
    dropout: Dropout,
    state: TrainingState,
  ) {
    this.#session = session;
    this.#schedule = schedule;
    this.#dropout = dropout;
    this.state = state;
  }

  /** Builds and compiles the step for batches of `batchSize` images. */
  static async create(
    config: DaeConfig,
    schedule: Schedule,
    batchSize: number,
    state: TrainingState,
    options: SessionOptions = {},
  ): Promise<Trainer> {
    const { graph, dropout } = trainingGraph(config, batchSize);
    // Weights are inputs here, so layout optimizations for constant weights have nothing to do.
    const session = await Session.compile(graph, {
      optimization: "extended",
      feedback: FEEDBACK,
      ...options,
    });
    return new Trainer(session, schedule, dropout, state);
  }

  /** One step of Adam on the mean squared error; replaces `state`. Dropout masks are drawn from `random`. */
  async step(batch: TrainingBatch, rates: StepRates, random?: Random): Promise<StepFigures> {
    const { state } = this;
    const { weights, mean, square, ema, ...scalars } = updateFeeds(state, rates);
    const results = await this.#session.run({
      ...this.#session.holds ? {} : { weights, mean, square, ema },
      ...scalars,
      ...batchFeeds(batch, this.#schedule),
      ...this.#dropout.draws(random)(),
    });
    this.state = this.#session.holds
      ? { ...state, step: state.step + 1 }
      : nextState(state, results);
    return { loss: results.loss.data[0], gradientNorm: results.gradientNorm.data[0] };
  }

  /** Reads the state back where it stays on a device, so that `state` can be looked at or stored. */
  async sync(): Promise<TrainingState> {
    if (this.#session.holds) this.state = { ...this.state, ...await this.#session.held() };
    return this.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

/** Feeds of {@linkcode addUpdate}: the state, and w ← w(1 − lr·decay) − lr/(1 − β₁ᵏ) · m / (√v/√(1 − β₂ᵏ) + ε). */
export function updateFeeds(state: TrainingState, rates: StepRates): Record<string, Tensor> {
  const step = state.step + 1;
  return {
    weights: state.weights,
    mean: state.mean,
    square: state.square,
    ema: state.ema,
    stepSize: single(rates.learningRate / (1 - BETA1 ** step)),
    inverseCorrection: single(1 / Math.sqrt(1 - BETA2 ** step)),
    keep: single(1 - rates.learningRate * (rates.weightDecay ?? 0)),
    emaDecay: single(rates.emaDecay),
    maxNorm: single(Math.min(rates.maxGradientNorm ?? Infinity, 1e30)),
  };
}

/** Feeds of {@linkcode noisyBatch}. */
export function batchFeeds(batch: TrainingBatch, schedule: Schedule): Record<string, Tensor> {
  const { images, noise, times } = batch;
  return { x: images, noise, t: times, ...mixing(schedule, times) };
}

/** The state after a run of a graph with {@linkcode addUpdate}. */
export function nextState({ step }: TrainingState, results: Record<string, Tensor>): TrainingState {
  const { nextWeights: weights, nextMean: mean, nextSquare: square, nextEma: ema } = results;
  return { step: step + 1, weights, mean, square, ema };
}

function single(value: number): Tensor {
  return { shape: [1], data: Float32Array.of(value) };
}

/** What the U-Net should have said: ε, v = √ᾱ·ε − √(1 − ᾱ)·x₀ (Salimans & Ho 2022), or x₀. */
const TARGET: Record<DaeConfig["prediction"], (batch: NoisyBatch) => Value> = {
  eps: ({ noise }) => noise,
  v: ({ x, noise, signal, spread }) => sub(mul(signal, noise), mul(spread, x)),
  x0: ({ x }) => x,
};

function meanSquare(a: Value, b: Value): Value {
  const difference = sub(a, b);
  const axes = difference.shape.map((_, axis) => axis);
  return reduceMean(mul(difference, difference), axes);
}

/** √Σg² of a flat vector, summed parameter by parameter: one float32 sum over millions would lose digits. */
function normOf(flat: Value, specs: readonly ParameterSpec[]): Value {
  const parts = split(mul(flat, flat), 0, specs.map(({ shape }) => sizeOf(shape)));
  return sqrt(reduceSum(concat(parts.map((part) => reduceSum(part, [0], true)), 0), [0], true));
}

/** The mean squared error of what the networks predict for a noisy batch; `dropout` is left out when they are only looked at. */
export function trainingLoss(
  config: DaeConfig,
  weights: Value,
  specs: readonly ParameterSpec[],
  batch: NoisyBatch,
  dropout?: Dropout,
): Value {
  const source = flatSource(weights, specs);
  const code = encoderNetwork(config, source, batch.x);
  const predicted = denoiserNetwork(config, source, batch.noisy, batch.t, code, dropout?.drop);
  return meanSquare(predicted, TARGET[config.prediction](batch));
}

/** Adds clipping, Adam, weight decay and EMA for a raw gradient `[p]`, with their inputs and outputs. */
export function addUpdate(weights: Value, raw: Value, specs: readonly ParameterSpec[]): void {
  const { graph, shape } = weights;
  const mean = graph.input("mean", shape);
  const square = graph.input("square", shape);
  const ema = graph.input("ema", shape);
  const stepSize = graph.input("stepSize", [1]);
  const inverseCorrection = graph.input("inverseCorrection", [1]);
  const keep = graph.input("keep", [1]);
  const emaDecay = graph.input("emaDecay", [1]);
  const maxNorm = graph.input("maxNorm", [1]);

  const norm = normOf(raw, specs);
  const g = mul(raw, clip(div(maxNorm, add(norm, 1e-6)), 0, 1));
  const nextMean = add(mul(mean, BETA1), mul(g, 1 - BETA1));
  const nextSquare = add(mul(square, BETA2), mul(mul(g, g), 1 - BETA2));
  const denominator = add(mul(sqrt(nextSquare), inverseCorrection), EPSILON);
  const nextWeights = sub(mul(weights, keep), mul(stepSize, div(nextMean, denominator)));
  const nextEma = add(mul(ema, emaDecay), mul(nextWeights, sub(1, emaDecay)));

  graph.output("gradientNorm", norm);
  graph.output("nextWeights", nextWeights);
  graph.output("nextMean", nextMean);
  graph.output("nextSquare", nextSquare);
  graph.output("nextEma", nextEma);
}

/** The graph of one step; `withGradient` makes the raw gradient `[p]` an output too, for comparisons. */
export function trainingGraph(
  config: DaeConfig,
  batchSize: number,
  { withGradient = false } = {},
): { graph: Graph; specs: ParameterSpec[]; dropout: Dropout } {
  const graph = new Graph();
  const specs = daeParameters(config);
  const dropout = new Dropout(config.dropout);
  const weights = graph.input("weights", [parameterCount(specs)]);
  const loss = trainingLoss(config, weights, specs, noisyBatch(graph, config, batchSize), dropout);
  const [raw] = gradient(loss, [weights]);
  graph.output("loss", loss);
  addUpdate(weights, raw, specs);
  if (withGradient) graph.output("gradient", raw);
  return { graph, specs, dropout };
}
