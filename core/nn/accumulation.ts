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
import { noisyBatch, type TrainingBatch, type Views } from "./noisy_batch.ts";
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
  /** Where the training stands. On a device moments and average are those of the last {@linkcode AccumulatingTrainer.sync}. */
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

  /** Builds and compiles both graphs: the gradient of `batchSize` images, with `views` where there are any, and the update. */
  static async create(
    config: DaeConfig,
    schedule: Schedule,
    batchSize: number,
    parts: number,
    state: TrainingState,
    options: SessionOptions = {},
    views?: Views,
  ): Promise<AccumulatingTrainer> {
    const specs = daeParameters(config);
    const dropout = new Dropout(config.dropout);
    const compile = (graph: Graph, feedback: Readonly<Record<string, string>>) =>
      Session.compile(graph, { optimization: "extended", feedback, ...options });
    const gradients = await compile(
      gradientGraph(config, batchSize, specs, dropout, views),
      { nextSum: "sum" },
    );
    const moments = { nextMean: "mean", nextSquare: "square", nextEma: "ema" };
    const update = await compile(updateGraph(specs), moments);
    return new AccumulatingTrainer({ gradients, update }, schedule, dropout, parts, state);
  }

  /** One step of Adam on the loss of `parts` × `batchSize` images; replaces `state`. */
  async step(batch: TrainingBatch, rates: StepRates, random?: Random): Promise<StepFigures> {
    const { weights } = this.state;
    const size = batch.images.shape[0] / this.#parts;
    const draw = this.#dropout.draws(random);
    let [sum, loss] = [zeros(weights.shape), 0];
    for (let part = 0; part < this.#parts; part++) {
      const of = (whole: Tensor) => rows(whole, part * size, (part + 1) * size);
      const { images, noise, times, seen, view } = batch;
      const cut = {
        images: of(images),
        noise: of(noise),
        times: of(times),
        ...seen && { seen: of(seen) },
        ...view && { view: of(view) },
      };
      const results = await this.#gradients.run({
        weights,
        ...part > 0 && this.#gradients.holds ? {} : { sum },
        ...batchFeeds(cut, this.#schedule),
        ...draw(),
      });
      sum = results.nextSum ?? sum;
      loss += results.loss.data[0] / this.#parts;
    }
    const share = { shape: [1], data: Float32Array.of(1 / this.#parts) };
    if (this.#gradients.holds) sum = (await this.#gradients.held()).sum;
    const { mean, square, ema, ...feeds } = updateFeeds(this.state, rates);
    const results = await this.#update.run({
      ...this.#update.holds ? {} : { mean, square, ema },
      ...feeds,
      sum,
      share,
    });
    const next = nextState(this.state, results);
    this.state = this.#update.holds
      ? { ...this.state, weights: next.weights, step: next.step }
      : next;
    return { loss, gradientNorm: results.gradientNorm.data[0] };
  }

  /** Reads back what stays on a device, so that `state` can be looked at or stored. */
  async sync(): Promise<TrainingState> {
    if (this.#update.holds) this.state = { ...this.state, ...await this.#update.held() };
    return this.state;
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
  views?: Views,
): Graph {
  const graph = new Graph();
  const weights = graph.input("weights", [parameterCount(specs)]);
  const sum = graph.input("sum", weights.shape);
  const source = flatSource(weights, specs);
  const batch = noisyBatch(graph, config, batchSize, views);
  const loss = trainingLoss(config, source, batch, dropout, views?.vicreg);
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
