/** Somebody else's autoencoder as an encoder. */

import {
  type CallOptions,
  type Codes,
  type Encoder,
  expectShape,
  FormatError,
  type Images,
  type Latents,
  type SamplerOptions,
  sizeOf,
  type Tensor,
  zeros,
} from "@countergrade/countergrade";
import type { Autoencoder } from "./autoencoder.ts";

/** What runs the two halves: models in this process, or a server elsewhere. */
export interface Halves extends AsyncDisposable {
  /** Images `[n, c, h, w]` in the model's range to codes `[n, …codeShape]`. */
  encode(images: Tensor, signal?: AbortSignal): Promise<Tensor>;
  /** The way back. */
  decode(codes: Tensor, signal?: AbortSignal): Promise<Tensor>;
}

/**
 * A deterministic autoencoder as an encoder. Its stochastic code is the residual, what the decoder misses in the range
 * [-1, 1]: added again when rendering, it makes the round trip exact, as x_T does for a diffusion model. Or it is zero,
 * and a rendering is what the decoder says.
 */
export class AutoencoderEncoder implements Encoder {
  readonly imageShape: readonly [number, number, number];
  readonly codeSize: number;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  /** There is nothing to sample: one step each way. */
  readonly defaultSampler: SamplerOptions = { name: "none", inversionSteps: 1, renderSteps: 1 };
  #autoencoder: Autoencoder;
  #halves: Halves;
  #disposed = false;

  constructor(
    autoencoder: Autoencoder,
    halves: Halves,
    details: Readonly<Record<string, string | number | boolean>>,
  ) {
    this.#autoencoder = autoencoder;
    this.#halves = halves;
    this.imageShape = autoencoder.imageShape;
    this.codeSize = sizeOf(autoencoder.codeShape);
    this.details = {
      imageRange: autoencoder.imageRange.join(" … "),
      stochastic: autoencoder.stochastic,
      ...details,
    };
  }

  async encode(images: Images, { signal }: CallOptions = {}): Promise<Codes> {
    this.#check("encode images", images, signal);
    const [low, high] = this.#autoencoder.imageRange;
    const seen = images.data.map((x) => low + (x + 1) / 2 * (high - low));
    const codes = await this.#halves.encode({ shape: images.shape, data: seen }, signal);
    return this.#told("encoder", codes, [images.shape[0], this.codeSize]);
  }

  async encodeStochastic(images: Images, codes: Codes, options: CallOptions = {}): Promise<Tensor> {
    this.#check("encode images", images, options.signal);
    expectShape("encode images with codes", codes, [images.shape[0], this.codeSize]);
    if (this.#autoencoder.stochastic === "none") return zeros(images.shape);
    const decoded = await this.#decode(codes, options.signal);
    return { shape: images.shape, data: images.data.map((x, i) => x - decoded.data[i]) };
  }

  async render({ codes, noise }: Latents, { signal, onStep }: CallOptions = {}): Promise<Images> {
    this.#check("render noise", noise, signal);
    expectShape("render codes", codes, [noise.shape[0], this.codeSize]);
    const decoded = await this.#decode(codes, signal);
    const data = decoded.data.map((x, i) => Math.min(1, Math.max(-1, x + noise.data[i])));
    const images = { shape: noise.shape, data };
    await onStep?.(1, 1, images);
    signal?.throwIfAborted();
    return images;
  }

  /** Codes to images, in [-1, 1] as far as the decoder keeps to its range. */
  async #decode({ shape: [n], data }: Codes, signal?: AbortSignal): Promise<Images> {
    const codes = { shape: [n, ...this.#autoencoder.codeShape], data };
    const images = this.#told("decoder", await this.#halves.decode(codes, signal), [
      n,
      ...this.imageShape,
    ]);
    const [low, high] = this.#autoencoder.imageRange;
    return { shape: images.shape, data: images.data.map((x) => (x - low) / (high - low) * 2 - 1) };
  }

  /** Holds a model to what it said when it was imported. */
  #told(who: string, { shape, data }: Tensor, expected: readonly number[]): Tensor {
    const fits = data.length === sizeOf(expected) && shape[0] === expected[0];
    if (fits && data.every(Number.isFinite)) return { shape: expected, data };
    throw new FormatError(
      fits
        ? `The ${who} gave numbers that are not finite`
        : `The ${who} gave shape [${shape.join(", ")}], expected [${expected.join(", ")}]`,
    );
  }

  #check(what: string, images: Tensor, signal: AbortSignal | undefined): void {
    if (this.#disposed) throw new TypeError(`Cannot ${what}: the encoder is disposed`);
    signal?.throwIfAborted();
    expectShape(what, images, [null, ...this.imageShape]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#halves[Symbol.asyncDispose]();
  }
}
