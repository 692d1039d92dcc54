/** A look at a training at intervals: z use, validation loss, and pictures. */

import {
  type DaeConfig,
  daeParameters,
  type Dataset,
  type Images,
  Inspector,
  type JobContext,
  type Random,
  type SamplerOptions,
  type Schedule,
  type SessionOptions,
  stacked,
  strip,
  type Tensor,
  type TrainingState,
  unflatten,
  Validator,
} from "@countergrade/countergrade";
import { fromModelRange, toModelRange } from "./image_range.ts";
import { DaeEncoder } from "./model.ts";
import type { DaeTrainingOptions } from "./options.ts";
import { HELD_OUT, heldOutBatches } from "./validation.ts";

/** Times at which z use is measured, as if there were 1,000. */
const INSPECTED_TIMES = [300, 600, 900];
/** Images of the inspected batch. */
export const INSPECTED_IMAGES = 8;
/** Half of the default steps each way: enough to see what is wrong, at half the cost. */
const SAMPLER: SamplerOptions = { name: "dpm-solver", inversionSteps: 10, renderSteps: 10 };

/** What is looked at: fixed images, of a held-out split where there is one, fixed noise, and the held-out batches. */
export class Inspection implements AsyncDisposable {
  #config: DaeConfig;
  #schedule: Schedule;
  #threads: number;
  #inspector: Inspector;
  #validator?: Validator;
  #images: Images;
  #noise: Tensor;

  private constructor(
    config: DaeConfig,
    schedule: Schedule,
    threads: number,
    inspector: Inspector,
    validator: Validator | undefined,
    images: Images,
    noise: Tensor,
  ) {
    this.#config = config;
    this.#schedule = schedule;
    this.#threads = threads;
    this.#inspector = inspector;
    this.#validator = validator;
    this.#images = images;
    this.#noise = noise;
  }

  /** Chooses the images and compiles what measures them. */
  static async prepare(
    dataset: Dataset,
    config: DaeConfig,
    schedule: Schedule,
    options: DaeTrainingOptions,
    random: Random,
    session: SessionOptions,
  ): Promise<Inspection> {
    const stream = random.fork("inspect");
    const split = [HELD_OUT, "test", "train"].find((name) =>
      (dataset.splits[name] ?? 0) >= INSPECTED_IMAGES
    )!;
    const indices = stream.permutation(dataset.splits[split]).subarray(0, INSPECTED_IMAGES);
    const { images } = await dataset.get(split, indices);
    const noise = {
      shape: images.shape,
      data: stream.fork("noise").normals(images.data.length),
    };
    const most = options.validationImages;
    const validation = random.fork("validation");
    const batches = await heldOutBatches(dataset, config, schedule, validation, most);
    const inspector = await Inspector.create(config, schedule, INSPECTED_IMAGES, session);
    const validator = batches.length
      ? await Validator.create(config, schedule, batches, session)
      : undefined;
    const threads = options.threads;
    return new Inspection(config, schedule, threads, inspector, validator, images, noise);
  }

  /**
   * The figures of averaged weights: z use, the x₀ error with another image's code over that with the own code, and the
   * loss on held-out images where there are some.
   */
  async measure({ ema }: TrainingState, signal?: AbortSignal): Promise<Record<string, number>> {
    const metrics: Record<string, number> = {};
    for (const t of INSPECTED_TIMES) {
      const { own, other } = await this.#look(ema, Math.round(t / 1000 * this.#schedule.steps));
      metrics[`zUse${t}`] = other / own;
      metrics[`x0Error${t}`] = own;
    }
    if (this.#validator) metrics.validationLoss = await this.#validator.loss(ema, signal);
    return metrics;
  }

  /** Tells two pictures: x₀ predicted from nearly pure noise, so all that it shows comes from z; and reconstructions. */
  async show(state: TrainingState, job: JobContext): Promise<void> {
    const { predicted } = await this.#look(state.ema, this.#schedule.steps);
    const tell = async (label: string, images: Images) => {
      const image = await job.saveBlob(strip(images), "png");
      job.emit({ type: "trainingSample", step: state.step, image, label });
    };
    await tell("From z alone", fromModelRange(predicted, this.#config));
    const rebuilt = await this.#reconstruct(state.ema, job.signal);
    await tell("Originals and their reconstructions", stacked([this.#images, rebuilt]));
  }

  async #look(ema: Tensor, time: number) {
    const t = Math.min(time, this.#schedule.steps - 1);
    const times = { shape: [INSPECTED_IMAGES], data: new Float32Array(INSPECTED_IMAGES).fill(t) };
    const images = toModelRange(this.#images, this.#config);
    return await this.#inspector.inspect(ema, { images, noise: this.#noise, times });
  }

  /** As users of the finished model would see it: encoded, inverted and rendered. */
  async #reconstruct(ema: Tensor, signal: AbortSignal): Promise<Images> {
    const weights = unflatten(ema.data, daeParameters(this.#config));
    await using encoder = new DaeEncoder(
      { config: this.#config, weights, facts: {} },
      this.#threads,
    );
    const call = { sampler: SAMPLER, signal };
    const codes = await encoder.encode(this.#images, call);
    const noise = await encoder.encodeStochastic(this.#images, codes, call);
    return await encoder.render({ codes, noise }, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inspector[Symbol.asyncDispose]();
    await this.#validator?.[Symbol.asyncDispose]();
  }
}
