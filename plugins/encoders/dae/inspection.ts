/** A look at a training at intervals: z use, validation loss, and pictures. */

import type {
  Dataset,
  Images,
  JobContext,
  Random,
  SamplerOptions,
  Tensor,
} from "@countergrade/countergrade";
import {
  type DaeConfig,
  daeParameters,
  Inspector,
  type Schedule,
  type SessionOptions,
  type TrainingState,
  unflatten,
  Validator,
} from "@countergrade/countergrade/engine";
import { stacked, strip } from "@countergrade/countergrade/images";
import { fromModelRange, toModelRange } from "./image_range.ts";
import { DaeEncoder } from "./model.ts";
import type { DaeTrainingOptions } from "./options.ts";
import { HELD_OUT, heldOutBatches } from "./validation.ts";

/** Times at which z use is measured, as if there were 1,000. */
const INSPECTED_TIMES = [300, 600, 900];
/** Images of the inspected batch. */
export const INSPECTED_IMAGES = 8;
/** Held-out images that the validation loss is measured on, unless asked otherwise. */
const VALIDATION_IMAGES = 64;
/** Half of the default steps each way: enough to see what is wrong, at half the cost. */
const SAMPLER: SamplerOptions = { name: "dpm-solver", inversionSteps: 10, renderSteps: 10 };

/** What is looked at, and what measures it. */
interface Prepared {
  readonly config: DaeConfig;
  readonly schedule: Schedule;
  readonly session: SessionOptions;
  readonly inspector: Inspector;
  /** Absent where nothing is held out. */
  readonly validator?: Validator;
  /** Fixed images `[n, c, h, w]` in [-1, 1], of a held-out split where there is one. */
  readonly images: Images;
  /** Fixed noise of the same shape. */
  readonly noise: Tensor;
}

/** Looks at a training with the same images, times and noise each time. */
export class Inspection implements AsyncDisposable {
  #prepared: Prepared;

  private constructor(prepared: Prepared) {
    this.#prepared = prepared;
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
    const most = options.validationImages ?? VALIDATION_IMAGES;
    const validation = random.fork("validation");
    const batches = await heldOutBatches(dataset, config, schedule, validation, most);
    const inspector = await Inspector.create(config, schedule, INSPECTED_IMAGES, session);
    const validator = batches.length
      ? await Validator.create(config, schedule, batches, session)
      : undefined;
    return new Inspection({ config, schedule, session, inspector, validator, images, noise });
  }

  /**
   * The figures of averaged weights: the loss on held-out images where there are some, and z use, the x₀ error with
   * another image's code over that with the own code.
   */
  async measure({ ema }: TrainingState, signal?: AbortSignal): Promise<Record<string, number>> {
    const { validator, schedule } = this.#prepared;
    const metrics: Record<string, number> = {};
    if (validator) metrics.validationLoss = await validator.loss(ema, signal);
    for (const t of INSPECTED_TIMES) {
      const { own, other } = await this.#look(ema, Math.round(t / 1000 * schedule.steps));
      metrics[`zUse${t}`] = other / own;
      metrics[`x0Error${t}`] = own;
    }
    return metrics;
  }

  /** Tells two pictures: x₀ predicted from nearly pure noise, so all that it shows comes from z; and reconstructions. */
  async show(state: TrainingState, job: JobContext): Promise<void> {
    const { config, schedule, images } = this.#prepared;
    const { predicted } = await this.#look(state.ema, schedule.steps);
    const tell = async (label: string, shown: Images) => {
      const image = await job.saveBlob(strip(shown), "png");
      job.emit({ type: "trainingSample", step: state.step, image, label });
    };
    await tell("From z alone", fromModelRange(predicted, config));
    const rebuilt = await this.#reconstruct(state.ema, job.signal);
    await tell("Originals and their reconstructions", stacked([images, rebuilt]));
  }

  async #look(ema: Tensor, time: number) {
    const { config, schedule, inspector, images, noise } = this.#prepared;
    const t = Math.min(time, schedule.steps - 1);
    const times = { shape: [INSPECTED_IMAGES], data: new Float32Array(INSPECTED_IMAGES).fill(t) };
    return await inspector.inspect(ema, { images: toModelRange(images, config), noise, times });
  }

  /** As users of the finished model would see it: encoded, inverted and rendered. */
  async #reconstruct(ema: Tensor, signal: AbortSignal): Promise<Images> {
    const { config, session, images } = this.#prepared;
    const weights = unflatten(ema.data, daeParameters(config));
    await using encoder = new DaeEncoder(
      { config, weights, facts: {} },
      session.threads,
      session.provider,
    );
    const call = { sampler: SAMPLER, signal };
    const codes = await encoder.encode(images, call);
    const noise = await encoder.encodeStochastic(images, codes, call);
    return await encoder.render({ codes, noise }, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#prepared.inspector[Symbol.asyncDispose]();
    await this.#prepared.validator?.[Symbol.asyncDispose]();
  }
}
