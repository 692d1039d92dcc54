/** Both halves of an autoencoder on a server. */

import type { Tensor } from "@countergrade/countergrade";
import { KServeModel } from "@countergrade/countergrade/engine";
import type { Halves } from "./encoder.ts";

/** Where both are. */
export interface KServeHalvesOptions {
  readonly url: string;
  readonly encoderModel: string;
  readonly decoderModel: string;
  /** For one answer, in ms. */
  readonly timeout: number;
  readonly encoderInput?: string;
  readonly encoderOutput?: string;
  readonly decoderInput?: string;
  readonly decoderOutput?: string;
}

/** Nothing is held open between requests. */
export class KServeHalves implements Halves {
  constructor(readonly encoder: KServeModel, readonly decoder: KServeModel) {}

  /** @throws {UnavailableError | FormatError} As {@linkcode KServeModel.find}. */
  static async find(options: KServeHalvesOptions, signal?: AbortSignal): Promise<KServeHalves> {
    const { url, timeout } = options;
    const encoder = await KServeModel.find({
      url,
      timeout,
      model: options.encoderModel,
      input: options.encoderInput,
      output: options.encoderOutput,
    }, signal);
    const decoder = await KServeModel.find({
      url,
      timeout,
      model: options.decoderModel,
      input: options.decoderInput,
      output: options.decoderOutput,
    }, signal);
    return new KServeHalves(encoder, decoder);
  }

  encode(images: Tensor, signal?: AbortSignal): Promise<Tensor> {
    return this.encoder.inferAll(images, signal);
  }

  decode(codes: Tensor, signal?: AbortSignal): Promise<Tensor> {
    return this.decoder.inferAll(codes, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
