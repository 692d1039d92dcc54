/** A look at a model in training: how much of the image z carries ("z use"), and what it looks like. */

import type { Schedule } from "../diffusion/schedule.ts";
import { concat, Graph, slice } from "../graph/graph.ts";
import { Session } from "../graph/session.ts";
import type { SessionOptions } from "../graph/session_options.ts";
import { sizeOf, type Tensor } from "../tensor.ts";
import type { DaeConfig } from "./dae_config.ts";
import { daeParameters, denoiserNetwork, encoderNetwork } from "./dae_network.ts";
import { mixing, noisyBatch, predictedImage, type TrainingBatch } from "./noisy_batch.ts";
import { flatSource, parameterCount } from "./parameters.ts";

/** What a look at a model in training shows. */
export interface Inspection {
  /** Mean squared x₀ error with each image's own code. */
  readonly own: number;
  /** The same with the code of another image of the batch. */
  readonly other: number;
  /** Predicted x₀ in the shape of the images with the own codes, in the model's range. */
  readonly predicted: Tensor;
}

/** Measures how much of the image z carries ("z use") for weights in training. */
export class Inspector implements AsyncDisposable {
  #session: Session;
  #config: DaeConfig;
  #schedule: Schedule;

  private constructor(session: Session, config: DaeConfig, schedule: Schedule) {
    this.#session = session;
    this.#config = config;
    this.#schedule = schedule;
  }

  /** Builds and compiles the measurement for batches of `batchSize` images, at least two. */
  static async create(
    config: DaeConfig,
    schedule: Schedule,
    batchSize: number,
    options: SessionOptions = {},
  ): Promise<Inspector> {
    const graph = new Graph();
    const specs = daeParameters(config);
    const weights = graph.input("weights", [parameterCount(specs)]);
    const source = flatSource(weights, specs);
    const batch = noisyBatch(graph, config, batchSize);
    const code = encoderNetwork(config, source, batch.x);
    const others = concat([slice(code, 0, 1, batchSize), slice(code, 0, 0, 1)], 0);
    for (const [name, z] of [["own", code], ["other", others]] as const) {
      graph.output(name, denoiserNetwork(config, source, batch.noisy, batch.t, z));
    }
    const session = await Session.compile(graph, { optimization: "extended", ...options });
    return new Inspector(session, config, schedule);
  }

  /** Looks at weights `[p]` with one batch. */
  async inspect(weights: Tensor, { images, noise, times }: TrainingBatch): Promise<Inspection> {
    const { signal, spread } = mixing(this.#schedule, times, images);
    const { own, other } = await this.#session.run({
      weights,
      x: images,
      noise,
      t: times,
      signal,
      spread,
    });
    const size = sizeOf(images.shape.slice(1));
    const noisy = images.data.map((x, i) => {
      const j = Math.floor(i / size);
      return signal.data[j] * x + spread.data[j] * noise.data[i];
    });
    const clean = (prediction: Tensor): Tensor => ({
      shape: images.shape,
      data: prediction.data.map((value, i) => {
        const j = Math.floor(i / size);
        return predictedImage(
          this.#config.prediction,
          value,
          noisy[i],
          signal.data[j],
          spread.data[j],
        );
      }),
    });
    const error = (x0: Tensor) =>
      x0.data.reduce((sum, value, i) => sum + (value - images.data[i]) ** 2, 0) / x0.data.length;
    const predicted = clean(own);
    return { own: error(predicted), other: error(clean(other)), predicted };
  }

  /** Frees what onnxruntime holds for its graphs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}
