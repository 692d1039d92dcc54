/** An encoder: the code of an image is a coarse picture of it, what is missing is its noise. */

import {
  batches,
  type CallOptions,
  type Codes,
  type Dataset,
  definePlugin,
  type Encoder,
  encoders,
  expectShape,
  FormatError,
  type Images,
  InputError,
  type JobContext,
  type Plugin,
  Random,
  sizeOf,
  type Tensor,
  tensor,
  throwIfAborted,
  type TrainedModel,
  zeros,
} from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import type { Conformance } from "@countergrade/countergrade/testing";
import { z } from "zod";

const name = "templatePlugin";
const FORMAT = "template-plugin";

/** The options of training, with ranges and defaults; they become flags and fields of the API. */
const Options = z.strictObject({
  block: z.int().min(1).max(256).default(4).describe("Pixels along each side of one code entry"),
});

/** What training learns, and what a model's file holds. */
interface Model {
  /** The mean image `[c, h, w]`. */
  readonly mean: Tensor;
  readonly block: number;
}

/** Change here: learn from the split "train", report each step, stop when the job is cancelled. */
async function train(
  dataset: Dataset,
  { block }: z.infer<typeof Options>,
  job: JobContext,
): Promise<TrainedModel> {
  const [, h, w] = dataset.imageShape;
  if (h % block || w % block) {
    throw new InputError(`Cannot train: expected a block that divides ${h} and ${w}, got ${block}`);
  }
  const mean = zeros(dataset.imageShape);
  const total = dataset.splits.train;
  let seen = 0;
  for await (const { images } of batches(dataset, "train", 64)) {
    throwIfAborted(job.signal);
    images.data.forEach((value, k) => mean.data[k % mean.data.length] += value / total);
    seen += images.shape[0];
    job.emit({ type: "progress", step: seen, total });
  }
  return { model: write({ mean, block }), steps: seen, loss: 0, images: seen };
}

function write({ mean, block }: Model): Uint8Array {
  return writeSafetensors(new Map([["mean", mean]]), { format: FORMAT, block: String(block) });
}

/** Reads a model's file. @throws {FormatError} When it is damaged, or of another kind. */
function read(bytes: Uint8Array): Model {
  const { tensors, metadata } = readSafetensors(bytes);
  const mean = tensors.get("mean");
  const block = Number(metadata.block);
  const fits = metadata.format === FORMAT && mean?.shape.length === 3 && block > 0 &&
    mean.shape[1] % block === 0 && mean.shape[2] % block === 0;
  if (fits) return { mean, block };
  throw new FormatError(`Cannot load the model: expected a file of "${FORMAT}" with a mean image`);
}

/** The model at work. Rows are independent of each other; errors come as rejections. */
class CoarseEncoder implements Encoder {
  readonly imageShape: readonly [number, number, number];
  readonly codeSize: number;
  readonly details: Readonly<Record<string, number>>;
  /** There is nothing to sample: one step each way. */
  readonly defaultSampler = { name: "none", inversionSteps: 1, renderSteps: 1 };
  #model: Model;
  #disposed = false;

  constructor(model: Model) {
    const [c, h, w] = model.mean.shape;
    this.#model = model;
    this.imageShape = [c, h, w];
    this.codeSize = sizeOf([c, h, w]) / model.block ** 2;
    this.details = { block: model.block };
  }

  /** Change here: images `[n, c, h, w]` to codes `[n, d]`. */
  // deno-lint-ignore require-await
  async encode(images: Images, { signal }: CallOptions = {}): Promise<Codes> {
    this.#check("encode images", images, signal);
    const { mean: { data: mean }, block } = this.#model;
    const codes = zeros([images.shape[0], this.codeSize]);
    images.data.forEach((value, k) =>
      codes.data[this.#entryOf(k)] += (value - mean[k % mean.length]) / block ** 2
    );
    return codes;
  }

  /** Change here: what the codes leave out, `[n, c, h, w]`. */
  // deno-lint-ignore require-await
  async encodeStochastic(images: Images, codes: Codes, options: CallOptions = {}): Promise<Tensor> {
    this.#check("encode images", images, options.signal);
    const coarse = this.#coarse(codes, images.shape[0]);
    return tensor(images.shape, images.data.map((value, k) => value - coarse[k]));
  }

  /** Change here: codes and noise to images `[n, c, h, w]` in [-1, 1]. */
  async render(
    { codes, noise }: { codes: Codes; noise: Tensor },
    { signal, onStep }: CallOptions = {},
  ): Promise<Images> {
    this.#check("render noise", noise, signal);
    const coarse = this.#coarse(codes, noise.shape[0]);
    const clamped = noise.data.map((value, k) => Math.min(1, Math.max(-1, value + coarse[k])));
    const images = tensor(noise.shape, clamped);
    await onStep?.(1, 1, images);
    throwIfAborted(signal);
    return images;
  }

  /** The mean image plus the codes, each spread over its block. */
  #coarse(codes: Codes, n: number): Float32Array {
    expectShape("render codes", codes, [n, this.codeSize]);
    const { mean: { data: mean } } = this.#model;
    const out = new Float32Array(n * mean.length);
    return out.map((_, k) => mean[k % mean.length] + codes.data[this.#entryOf(k)]);
  }

  /** The entry of the codes that pixel k of the images belongs to. */
  #entryOf(k: number): number {
    const [, h, w] = this.imageShape;
    const { block } = this.#model;
    const [x, y] = [k % w, Math.floor(k / w) % h];
    const [plane, across] = [Math.floor(k / (w * h)), w / block];
    return (plane * h / block + Math.floor(y / block)) * across + Math.floor(x / block);
  }

  #check(what: string, images: Tensor, signal: AbortSignal | undefined): void {
    if (this.#disposed) throw new TypeError(`Cannot ${what}: the encoder is disposed`);
    throwIfAborted(signal);
    expectShape(what, images, [null, ...this.imageShape]);
  }

  /** Change here: free what load() took. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    return Promise.resolve();
  }
}

/** What Countergrade loads. */
const plugin: Plugin = definePlugin({
  id: "template-plugin",
  version: "0.1.0",
  apiVersion: "^1",
  provides: { encoders: [name] },
  setup(registry) {
    registry.add(encoders, {
      name,
      description: "Coarse pictures: the mean of each block of pixels",
      options: Options,
      train,
      load: (bytes: Uint8Array) => Promise.resolve().then(() => new CoarseEncoder(read(bytes))),
    });
  },
});

export default plugin;

/** What the conformance suite works on: a small model, and images of its shape. */
export const conformance: Conformance = {
  encoders: {
    [name]: {
      fixture: () => ({
        model: write({ mean: zeros([1, 8, 8]), block: 4 }),
        images: tensor([3, 1, 8, 8], new Random(1).normals(192).map((v) => Math.tanh(v / 2))),
      }),
    },
  },
};
