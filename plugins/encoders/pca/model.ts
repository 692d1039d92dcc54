/** A principal component autoencoder: its file, and encode / encodeStochastic / render on it. */

import {
  type CallOptions,
  type Codes,
  type Encoder,
  expectShape,
  FormatError,
  type Images,
  type ImageShape,
  type Latents,
  type SamplerOptions,
  sizeOf,
  type Tensor,
  zeros,
} from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { z } from "zod";

/** The content of a model file. */
export interface PcaModel {
  readonly imageShape: ImageShape;
  /** The mean image `[pixels]`, in [-1, 1]. */
  readonly mean: Tensor;
  /** Orthonormal rows `[d, pixels]`, the strongest first. */
  readonly components: Tensor;
  /** Variance `[d]` of the training images along each component. */
  readonly variances: Tensor;
  /** Variance of the training images, summed over pixels. */
  readonly totalVariance: number;
  readonly facts: Readonly<Record<string, string>>;
}

const FORMAT = "countergrade-pca";

/** A model as one safetensors file. */
export function writePcaModel(model: PcaModel): Uint8Array {
  const { mean, components, variances, imageShape, totalVariance, facts } = model;
  return writeSafetensors(new Map(Object.entries({ mean, components, variances })), {
    ...facts,
    format: FORMAT,
    imageShape: imageShape.join(","),
    totalVariance: String(totalVariance),
  });
}

const length = z.int().min(1).max(1 << 20);
const Metadata = z.object({
  format: z.literal(FORMAT),
  imageShape: z.string().transform((text) => text.split(",").map(Number)).pipe(
    z.union([
      z.tuple([length, length, length]),
      z.tuple([length, length, length, length]),
    ]),
  ),
  totalVariance: z.coerce.number().min(0),
});

/** Reads a model file. @throws {FormatError} When it is of another kind, or an array is missing, odd or not finite. */
export function readPcaModel(bytes: Uint8Array): PcaModel {
  const { tensors, metadata } = readSafetensors(bytes);
  const parsed = Metadata.safeParse(metadata);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new FormatError(`Cannot load the PCA model: ${path.join(".")}: ${message}`);
  }
  const { imageShape, totalVariance } = parsed.data;
  const pixels = sizeOf(imageShape);
  const d = tensors.get("variances")?.shape[0] ?? 0;
  const field = (name: string, shape: readonly number[]): Tensor => {
    const value = tensors.get(name);
    if (value?.shape.join() === shape.join() && value.data.every(Number.isFinite)) return value;
    throw new FormatError(
      `Cannot load the PCA model: expected finite "${name}" of shape [${shape.join(", ")}], ` +
        `current shape is [${value?.shape.join(", ") ?? "none"}]`,
    );
  };
  const { format: _, imageShape: __, totalVariance: ___, ...facts } = metadata;
  return {
    imageShape,
    totalVariance,
    mean: field("mean", [pixels]),
    variances: field("variances", [d]),
    components: field("components", [d, pixels]),
    facts,
  };
}

/**
 * Principal components as an encoder (the eigenfaces of Turk & Pentland 1991): z = W(x − mean), and the stochastic code is
 * what the components miss, r = x − mean − Wᵀz. Rendering adds both up again, so that a round trip is exact and an edit
 * changes the image by Wᵀ·Δz alone.
 */
export class PcaEncoder implements Encoder {
  readonly imageShape: ImageShape;
  readonly codeSize: number;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** There is nothing to sample: one step each way. */
  readonly defaultSampler: SamplerOptions = { name: "none", inversionSteps: 1, renderSteps: 1 };
  #model: PcaModel;
  #disposed = false;

  constructor(model: PcaModel) {
    this.#model = model;
    this.imageShape = model.imageShape;
    this.codeSize = model.variances.shape[0];
    const kept = model.variances.data.reduce((sum, value) => sum + value, 0);
    this.details = {
      ...model.facts,
      parameters: model.mean.data.length + model.components.data.length,
      explainedVariance: model.totalVariance > 0 ? kept / model.totalVariance : 1,
      provider: "cpu",
    };
  }

  // async, so that errors come as rejections
  // deno-lint-ignore require-await
  async encode(images: Images, { signal }: CallOptions = {}): Promise<Codes> {
    this.#check("encode images", images, signal);
    const { mean, components } = this.#model;
    const [n, pixels, d] = [images.shape[0], mean.data.length, this.codeSize];
    const codes = zeros([n, d]);
    const centered = new Float64Array(pixels);
    for (let row = 0; row < n; row++) {
      signal?.throwIfAborted();
      for (let i = 0; i < pixels; i++) centered[i] = images.data[row * pixels + i] - mean.data[i];
      for (let k = 0; k < d; k++) {
        const at = k * pixels;
        let sum = 0;
        for (let i = 0; i < pixels; i++) sum += components.data[at + i] * centered[i];
        codes.data[row * d + k] = sum;
      }
    }
    return codes;
  }

  // deno-lint-ignore require-await
  async encodeStochastic(images: Images, codes: Codes, options: CallOptions = {}): Promise<Tensor> {
    this.#check("encode images", images, options.signal);
    expectShape("encode images with codes", codes, [images.shape[0], this.codeSize]);
    const explained = this.#explained(codes);
    return { shape: images.shape, data: images.data.map((x, i) => x - explained.data[i]) };
  }

  async render({ codes, noise }: Latents, { signal, onStep }: CallOptions = {}): Promise<Images> {
    this.#check("render noise", noise, signal);
    expectShape("render codes", codes, [noise.shape[0], this.codeSize]);
    const explained = this.#explained(codes);
    const data = explained.data.map((x, i) => Math.min(1, Math.max(-1, x + noise.data[i])));
    const images = { shape: noise.shape, data };
    await onStep?.(1, 1, images);
    signal?.throwIfAborted();
    return images;
  }

  /** mean + Wᵀz: the part of images that their codes tell. */
  #explained(codes: Codes): Images {
    const { mean, components } = this.#model;
    const pixels = mean.data.length;
    const out = zeros([codes.shape[0], ...this.imageShape]);
    for (let row = 0; row < codes.shape[0]; row++) {
      const image = out.data.subarray(row * pixels, (row + 1) * pixels);
      image.set(mean.data);
      for (let k = 0; k < this.codeSize; k++) {
        const z = codes.data[row * this.codeSize + k];
        for (let i = 0; i < pixels; i++) image[i] += z * components.data[k * pixels + i];
      }
    }
    return out;
  }

  #check(what: string, images: Tensor, signal: AbortSignal | undefined): void {
    if (this.#disposed) throw new TypeError(`Cannot ${what}: the encoder is disposed`);
    signal?.throwIfAborted();
    expectShape(what, images, [null, ...this.imageShape]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    return Promise.resolve();
  }
}
