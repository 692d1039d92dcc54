/** Both halves of an autoencoder on a server. */

import { concatRows, rows, type Tensor } from "@countergrade/countergrade";
import type { Halves } from "./encoder.ts";
import { KServeModel } from "./kserve_client.ts";

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

/** Rows in one request. */
const CHUNK = 16;

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
    return inChunks(this.encoder, images, signal);
  }

  decode(codes: Tensor, signal?: AbortSignal): Promise<Tensor> {
    return inChunks(this.decoder, codes, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

async function inChunks(model: KServeModel, all: Tensor, signal?: AbortSignal): Promise<Tensor> {
  const parts: Tensor[] = [];
  for (let start = 0; start < all.shape[0]; start += CHUNK) {
    parts.push(await model.infer(rows(all, start, Math.min(start + CHUNK, all.shape[0])), signal));
  }
  return concatRows(parts);
}
