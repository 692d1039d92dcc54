/** Training and use of the classifier: Adam on the cross-entropy or the squared error, and what it tells from the averaged weights. */

import { Graph, logSoftmax, mul, reduceSum, sub } from "../graph/graph.ts";
import { Session } from "../graph/session.ts";
import type { SessionOptions } from "../graph/session_options.ts";
import { rows, type Tensor, zeros } from "../tensor.ts";
import { updateFeeds } from "./adam.ts";
import {
  type ClassifierConfig,
  classifierNetwork,
  classifierOutputs,
  classifierParameters,
} from "./classifier.ts";
import { flatSource, parameterCount } from "./parameters.ts";
import { stepResults, trainingStep } from "./training_step.ts";
import type { StepFigures, StepRates, TrainingState } from "./training_state.ts";

/**
 * Training steps of a classifier, in batches of one size.
 *
 * @example
 * ```ts
 * import { Random, tensor } from "@countergrade/countergrade";
 * import { ClassifierTrainer, classifierParameters, initialParameters, startState }
 *   from "@countergrade/countergrade/engine";
 * import { assert } from "@std/assert";
 *
 * const config = { imageSize: 4, imageChannels: 1, classes: 2, channels: [8] };
 * const start = startState(initialParameters(classifierParameters(config), new Random(1)));
 * await using trainer = await ClassifierTrainer.create(config, 2, start, { threads: 1 });
 * const [dark, bright] = [new Float32Array(16), new Float32Array(16).fill(1)];
 * const batch = { images: tensor([2, 1, 4, 4], [...dark, ...bright]), labels: [0, 1] };
 * const { loss } = await trainer.step(batch, { learningRate: 1e-3, emaDecay: 0 });
 * assert(loss > 0);
 * ```
 */
export class ClassifierTrainer implements AsyncDisposable {
  #session: Session;
  #config: ClassifierConfig;
  /** Where the training stands; what is written here is where it goes on. */
  state: TrainingState;

  private constructor(session: Session, config: ClassifierConfig, state: TrainingState) {
    this.#session = session;
    this.#config = config;
    this.state = state;
  }

  /** Builds and compiles the step for batches of `batchSize` images. */
  static async create(
    config: ClassifierConfig,
    batchSize: number,
    state: TrainingState,
    options: SessionOptions = {},
  ): Promise<ClassifierTrainer> {
    const { imageChannels, imageSize } = config;
    const graph = new Graph();
    const images = graph.input("images", [batchSize, imageChannels, imageSize, imageSize]);
    const truth = graph.input("truth", [batchSize, classifierOutputs(config)]);
    trainingStep(graph, classifierParameters(config), (parameters) => {
      const { out } = classifierNetwork(config, parameters, images);
      if (config.head === "regression") {
        // L = 1/n Σₙ (g(xₙ) − yₙ)²
        const miss = sub(out, truth);
        return mul(reduceSum(mul(miss, miss), [0, 1]), 1 / batchSize);
      }
      // L = −1/n Σₙ ln p(yₙ | xₙ)
      return mul(reduceSum(mul(logSoftmax(out), truth), [0, 1]), -1 / batchSize);
    });
    const session = await Session.compile(graph, { optimization: "extended", ...options });
    return new ClassifierTrainer(session, config, state);
  }

  /** One step of Adam on images `[n, c, h, w]` with labels `[n]`; replaces `state`. */
  async step(
    { images, labels }: { images: Tensor; labels: ArrayLike<number> },
    rates: StepRates,
  ): Promise<StepFigures> {
    const outputs = classifierOutputs(this.#config);
    const truth = zeros([labels.length, outputs]);
    for (let i = 0; i < labels.length; i++) {
      if (this.#config.head === "regression") truth.data[i] = labels[i];
      else truth.data[i * outputs + labels[i]] = 1;
    }
    const results = await this.#session.run({ ...updateFeeds(this.state, rates), images, truth });
    const { state, figures } = stepResults(results, this.state);
    this.state = state;
    return figures;
  }

  /** Frees what onnxruntime holds for its graphs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

/** What a network tells of images, from weights that may change from call to call. */
export class Classifier implements AsyncDisposable {
  #session: Session;
  #batchSize: number;

  private constructor(session: Session, batchSize: number) {
    this.#session = session;
    this.#batchSize = batchSize;
  }

  /** Builds and compiles the network; images are looked at `batchSize` at a time. */
  static async create(
    config: ClassifierConfig,
    batchSize: number,
    options: SessionOptions = {},
  ): Promise<Classifier> {
    const { imageChannels, imageSize } = config;
    const graph = new Graph();
    const specs = classifierParameters(config);
    const weights = graph.input("weights", [parameterCount(specs)]);
    const images = graph.input("images", [batchSize, imageChannels, imageSize, imageSize]);
    const { features, out } = classifierNetwork(config, flatSource(weights, specs), images);
    graph.output("features", features);
    graph.output("told", config.head === "regression" ? out : logSoftmax(out));
    const session = await Session.compile(graph, { optimization: "extended", ...options });
    return new Classifier(session, batchSize);
  }

  /** ln p `[n, classes]`, or grades `[n, 1]`, of at most `batchSize` images `[n, c, h, w]` under the weights `[p]`. */
  async tell(weights: Tensor, images: Tensor): Promise<Tensor> {
    return (await this.look(weights, images)).told;
  }

  /** The same, and the features `[n, f]` that the last layer sees. */
  async look(weights: Tensor, images: Tensor): Promise<{ told: Tensor; features: Tensor }> {
    const [n, ...space] = images.shape;
    const full = zeros([this.#batchSize, ...space]);
    full.data.set(images.data);
    const { told, features } = await this.#session.run({ weights, images: full });
    return { told: rows(told, 0, n), features: rows(features, 0, n) };
  }

  /** Frees what onnxruntime holds for its graphs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
