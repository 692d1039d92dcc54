/** Training of a Diffusion Autoencoder: its step as one compiled graph, and where the training stands. */

import type { Schedule } from "../diffusion/schedule.ts";
import { Graph } from "../graph/graph.ts";
import { Session } from "../graph/session.ts";
import type { SessionOptions } from "../graph/session_options.ts";
import type { Random } from "../random.ts";
import { updateFeeds } from "./adam.ts";
import type { DaeConfig } from "./dae_config.ts";
import { batchFeeds, trainingLoss } from "./dae_loss.ts";
import { daeParameters } from "./dae_network.ts";
import { Dropout } from "./dropout.ts";
import { noisyBatch, type TrainingBatch, type Views } from "./noisy_batch.ts";
import type { ParameterSpec } from "./parameters.ts";
import { trainingStep } from "./training_step.ts";
import {
  nextState,
  type StepFigures,
  type StepRates,
  type TrainingState,
} from "./training_state.ts";

/** Where the next step takes its state from, when that stays on a device. */
const FEEDBACK = {
  nextWeights: "weights",
  nextMean: "mean",
  nextSquare: "square",
  nextEma: "ema",
};

/** Training steps of one batch size. */
export class Trainer implements AsyncDisposable {
  #session: Session;
  #schedule: Schedule;
  #dropout: Dropout;
  /** Where the training stands. `step` is up to date; the vectors stay in the executor, here are those of the last {@linkcode Trainer.sync}. */
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

  /** Builds and compiles the step for batches of `batchSize` images, with `views` where there are any. */
  static async create(
    config: DaeConfig,
    schedule: Schedule,
    batchSize: number,
    state: TrainingState,
    options: SessionOptions = {},
    views?: Views,
  ): Promise<Trainer> {
    const { graph, dropout } = trainingGraph(config, batchSize, { views });
    // Weights are inputs here, so layout optimizations for constant weights have nothing to do.
    const session = await Session.compile(graph, {
      optimization: "extended",
      feedback: FEEDBACK,
      ...options,
    });
    return new Trainer(session, schedule, dropout, state);
  }

  /** One step of Adam on the loss; replaces `state`. Dropout masks are drawn from `random`. */
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

  /** Reads the state back where it stays in the executor, so that `state` can be looked at or stored. */
  async sync(): Promise<TrainingState> {
    if (this.#session.holds) this.state = { ...this.state, ...await this.#session.held() };
    return this.state;
  }

  /** See {@linkcode Session.calls}. */
  get calls(): number | undefined {
    return this.#session.calls;
  }

  /** Frees what onnxruntime holds for its graphs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

/** The graph of one step; `withGradient` makes the raw gradient `[p]` an output too, for comparisons. */
export function trainingGraph(
  config: DaeConfig,
  batchSize: number,
  { withGradient = false, views }: { withGradient?: boolean; views?: Views } = {},
): { graph: Graph; specs: ParameterSpec[]; dropout: Dropout } {
  const graph = new Graph();
  const specs = daeParameters(config);
  const dropout = new Dropout(config.dropout);
  const raw = trainingStep(
    graph,
    specs,
    (source) => {
      const batch = noisyBatch(graph, config, batchSize, views);
      return trainingLoss(config, source, batch, dropout, views?.vicreg);
    },
  );
  if (withGradient) graph.output("gradient", raw);
  return { graph, specs, dropout };
}
