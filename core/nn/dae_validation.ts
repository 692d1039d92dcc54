/** The training's loss on images that it does not learn from. */

import type { Schedule } from "../diffusion/schedule.ts";
import { Graph } from "../graph/graph.ts";
import { Session } from "../graph/session.ts";
import type { SessionOptions } from "../graph/session_options.ts";
import type { Tensor } from "../tensor.ts";
import type { DaeConfig } from "./dae_config.ts";
import { batchFeeds, trainingLoss } from "./dae_loss.ts";
import { daeParameters } from "./dae_network.ts";
import { noisyBatch, type TrainingBatch } from "./noisy_batch.ts";
import { flatSource, parameterCount } from "./parameters.ts";

/** Measures the loss of weights on fixed batches, without dropout. */
export class Validator implements AsyncDisposable {
  #session: Session;
  #schedule: Schedule;
  #batches: readonly TrainingBatch[];

  private constructor(session: Session, schedule: Schedule, batches: readonly TrainingBatch[]) {
    this.#session = session;
    this.#schedule = schedule;
    this.#batches = batches;
  }

  /** Builds and compiles the measurement. The batches are of one size; their times and noise never change. */
  static async create(
    config: DaeConfig,
    schedule: Schedule,
    batches: readonly TrainingBatch[],
    options: SessionOptions = {},
  ): Promise<Validator> {
    const graph = new Graph();
    const specs = daeParameters(config);
    const weights = graph.input("weights", [parameterCount(specs)]);
    const batch = noisyBatch(graph, config, batches[0].images.shape[0]);
    graph.output("loss", trainingLoss(config, flatSource(weights, specs), batch));
    const session = await Session.compile(graph, { optimization: "extended", ...options });
    return new Validator(session, schedule, batches);
  }

  /** The mean loss of weights `[p]`. */
  async loss(weights: Tensor, signal?: AbortSignal): Promise<number> {
    let sum = 0;
    for (const batch of this.#batches) {
      signal?.throwIfAborted();
      const { loss } = await this.#session.run({ weights, ...batchFeeds(batch, this.#schedule) });
      sum += loss.data[0];
    }
    return sum / this.#batches.length;
  }

  /** Frees what onnxruntime holds for its graphs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
