/** A toy encoder: the code is the mean of an image, the noise what is left, and rendering adds both in steps. */

import {
  CancelledError,
  type Encoder,
  type EncoderPlugin,
  expectShape,
  FormatError,
  rowSize,
  throwIfAborted,
  zeros,
} from "@countergrade/countergrade";
import { z } from "zod";

/** Any four bytes are a model. */
export const toyModel = Uint8Array.of(1, 2, 3, 4);

/** The encoder, loaded. */
export function toyEncoder(): Encoder {
  const state = { open: true };
  const enter = (signal?: AbortSignal) => {
    if (!state.open) throw new Error("Cannot use the encoder: it is disposed");
    throwIfAborted(signal);
  };
  return {
    imageShape: [1, 3, 3],
    codeSize: 1,
    details: {},
    defaultSampler: { name: "toy", inversionSteps: 4, renderSteps: 4 },
    // deno-lint-ignore require-await -- rejects instead of throwing
    async encode(images, options) {
      enter(options?.signal);
      expectShape("encode images", images, [null, 1, 3, 3]);
      const out = zeros([images.shape[0], 1]);
      images.data.forEach((v, k) => out.data[Math.floor(k / 9)] += v / 9);
      return out;
    },
    // deno-lint-ignore require-await -- rejects instead of throwing
    async encodeStochastic(images, codes, options) {
      enter(options?.signal);
      const out = zeros(images.shape);
      images.data.forEach((v, k) => out.data[k] = v - codes.data[Math.floor(k / 9)]);
      return out;
    },
    async render({ codes, noise }, options) {
      enter(options?.signal);
      expectShape("render codes", codes, [noise.shape[0], 1]);
      const out = zeros(noise.shape);
      const size = rowSize(noise);
      const total = options?.sampler?.renderSteps ?? 4;
      for (let step = 1; step <= total; step++) {
        if (options?.signal?.aborted) throw new CancelledError();
        out.data.forEach((_, k) =>
          out.data[k] = noise.data[k] + codes.data[Math.floor(k / size)] * step / total
        );
        await options?.onStep?.(step, total, out);
      }
      return out;
    },
    [Symbol.asyncDispose]() {
      state.open = false;
      return Promise.resolve();
    },
  };
}

/** The plugin member. */
export const toyEncoderPlugin: EncoderPlugin = {
  name: "toy",
  description: "The mean of an image, and the rest",
  options: z.strictObject({}),
  // deno-lint-ignore require-await -- rejects instead of throwing
  async load(model) {
    if (model.length !== 4) {
      throw new FormatError(`Cannot load: expected 4 bytes, got ${model.length}`);
    }
    return toyEncoder();
  },
};
