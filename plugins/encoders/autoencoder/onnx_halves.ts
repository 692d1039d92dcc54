/** Both halves of an autoencoder as ONNX files. */

import type { Tensor } from "@countergrade/countergrade";
import { ForeignNetwork } from "@countergrade/countergrade/engine";
import type { Halves } from "./encoder.ts";

/** The halves, compiled. */
export class OnnxHalves implements Halves {
  constructor(readonly encoder: ForeignNetwork, readonly decoder: ForeignNetwork) {}

  /** @throws {FormatError} As {@linkcode ForeignNetwork.open}. */
  static async open(
    files: { readonly encoder: Uint8Array; readonly decoder: Uint8Array },
    ports: {
      encoderInput?: string;
      encoderOutput?: string;
      decoderInput?: string;
      decoderOutput?: string;
    },
  ): Promise<OnnxHalves> {
    const encoder = await ForeignNetwork.open(files.encoder, "encoder", {
      input: ports.encoderInput,
      output: ports.encoderOutput,
    });
    try {
      const decoder = await ForeignNetwork.open(files.decoder, "decoder", {
        input: ports.decoderInput,
        output: ports.decoderOutput,
      });
      return new OnnxHalves(encoder, decoder);
    } catch (error) {
      await encoder[Symbol.asyncDispose]();
      throw error;
    }
  }

  encode(images: Tensor, signal?: AbortSignal): Promise<Tensor> {
    return this.encoder.run(images, signal);
  }

  decode(codes: Tensor, signal?: AbortSignal): Promise<Tensor> {
    return this.decoder.run(codes, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.encoder[Symbol.asyncDispose]();
    await this.decoder[Symbol.asyncDispose]();
  }
}
