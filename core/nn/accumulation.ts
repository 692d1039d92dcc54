/** Training steps whose batch is computed in parts, for batches that do not fit into memory. */

import type { Schedule } from "../diffusion/schedule.ts";
import { gradient } from "../graph/gradient.ts";
import { add, Graph, mul } from "../graph/graph.ts";
import { Session } from "../graph/session.ts";
import type { SessionOptions } from "../graph/session_options.ts";
import type { Random } from "../random.ts";
import { rows, type Tensor, zeros } from "../tensor.ts";
import { addUpdate, updateFeeds } from "./adam.ts";
import type { DaeConfig } from "./dae_config.ts";
import { batchFeeds, trainingLoss } from "./dae_loss.ts";
import { daeParameters } from "./dae_network.ts";
import { Dropout } from "./dropout.ts";
import { noisyBatch, type TrainingBatch } from "./noisy_batch.ts";
import { flatSource, parameterCount, type ParameterSpec } from "./parameters.ts";
import {
  nextState,
  type StepFigures,
  type StepRates,
  type TrainingState,
} from "./training_state.ts";

/**
 * As {@linkcode Trainer}, for batches of `parts` × `batchSize` images: gradients of the parts are added up before one
 * update with their mean. Up to rounding this is the step on the whole batch, in the memory of a part.
 */
export class AccumulatingTrainer implements AsyncDisposable {
  #gradients: Session;
  #update: Session;
  #schedule: Schedule;
  #dropout: Dropout;
  #parts: number;
  /** Where the training stands; what is written here is where it goes on. */
  state: TrainingState;

  private constructor(
    sessions: { gradients: Session; update: Session },
    schedule: Schedule,
    dropout: Dropout,
    parts: number,
    state: TrainingState,
  ) {
    this.#gradients = sessions.gradients;
    this.#update = sessions.update;
    this.#schedule = schedule;
    this.#dropout = dropout;
    this.#parts = parts;
    this.state = state;
  }

  /** Builds and compiles both graphs: the gradient of `batchSize` images, and the update. */
  static async create(
    config: DaeConfig,
    schedule: Schedule,
    batchSize: number,
    parts: number,
    state: TrainingState,
    options: SessionOptions = {},
  ): Promise<AccumulatingTrainer> {
    const specs = daeParameters(config);
    const dropout = new Dropout(config.dropout);
    const compile = (graph: Graph) =>
      Session.compile(graph, { optimization: "extended", ...options });
    const gradients = await compile(gradientGraph(config, batchSize, specs, dropout));
    const update = await compile(updateGraph(specs));
    return new AccumulatingTrainer({ gradients, update }, schedule, dropout, parts, state);
  }

  /** One step of Adam on the mean squared error of `parts` × `batchSize` images; replaces `state`. */
  async step(batch: TrainingBatch, rates: StepRates, random?: Random): Promise<StepFigures> {
    const { weights } = this.state;
    const size = batch.images.shape[0] / this.#parts;
    const draw = this.#dropout.draws(random);
    let [sum, loss] = [zeros(weights.shape), 0];
    for (let part = 0; part < this.#parts; part++) {
      const of = (whole: Tensor) => rows(whole, part * size, (part + 1) * size);
      const cut = { images: of(batch.images), noise: of(batch.noise), times: of(batch.times) };
      const results = await this.#gradients.run({
        weights,
        sum,
        ...batchFeeds(cut, this.#schedule),
        ...draw(),
      });
      sum = results.nextSum;
      loss += results.loss.data[0] / this.#parts;
    }
    const share = { shape: [1], data: Float32Array.of(1 / this.#parts) };
    const results = await this.#update.run({ ...updateFeeds(this.state, rates), sum, share });
    this.state = nextState(this.state, results);
    return { loss, gradientNorm: results.gradientNorm.data[0] };
  }

  /** The state; it never stays on a device here. */
  sync(): Promise<TrainingState> {
    return Promise.resolve(this.state);
  }

  /** Frees what onnxruntime holds for its graphs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gradients[Symbol.asyncDispose]();
    await this.#update[Symbol.asyncDispose]();
  }
}

/** Adds the gradient of one part to the sum so far. */
function gradientGraph(
  config: DaeConfig,
  batchSize: number,
  specs: readonly ParameterSpec[],
  dropout: Dropout,
): Graph {
  const graph = new Graph();
  const weights = graph.input("weights", [parameterCount(specs)]);
  const sum = graph.input("sum", weights.shape);
  const source = flatSource(weights, specs);
  const loss = trainingLoss(config, source, noisyBatch(graph, config, batchSize), dropout);
  const [raw] = gradient(loss, [weights]);
  graph.output("loss", loss);
  graph.output("nextSum", add(sum, raw));
  return graph;
}

/** The update with `share` times the sum. */
function updateGraph(specs: readonly ParameterSpec[]): Graph {
  const graph = new Graph();
  const weights = graph.input("weights", [parameterCount(specs)]);
  const sum = graph.input("sum", weights.shape);
  addUpdate(weights, mul(sum, graph.input("share", [1])));
  return graph;
}
