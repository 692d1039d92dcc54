/** The suite of encoders catches every broken promise. */

import { type Encoder, type EncoderPlugin, Random, rows, tensor } from "@countergrade/countergrade";
import { testEncoder } from "@countergrade/countergrade/testing";
import { z } from "zod";
import { assertCatches } from "./assert_catches.ts";
import { toyEncoderPlugin, toyModel } from "./toy_encoder.ts";

const sound = toyEncoderPlugin;
const images = tensor([3, 1, 3, 3], new Random(1).normals(27).map((v) => Math.tanh(v / 2)));
const suite = (member: EncoderPlugin) => testEncoder(member, { model: toyModel, images });

/** A member whose encoders are changed after loading. */
function bending(bend: (encoder: Encoder) => Partial<Encoder>): EncoderPlugin {
  return {
    ...sound,
    async load(model) {
      const encoder = await sound.load(model);
      return { ...encoder, ...bend(encoder) };
    },
  };
}

let calls = 0;

assertCatches("encoders", suite, sound, {
  "options have a JSON schema of an object": { ...sound, options: z.number() },
  "options survive storing as JSON": {
    ...sound,
    options: z.object({ when: z.date().default(new Date(0)) }),
  },
  "codes, noise and images have their shapes and are finite": bending((encoder) => ({
    async render(latents, options) {
      const { shape, data } = await encoder.render(latents, options);
      return tensor(shape, data.map((v) => 127.5 * (v + 1)));
    },
  })),
  "the same call twice gives the same result": bending((encoder) => ({
    async encodeStochastic(...args) {
      const { shape, data } = await encoder.encodeStochastic(...args);
      return tensor(shape, data.map((v) => v + 1e-4 * calls++));
    },
  })),
  "a row does not depend on the batch that it comes in": bending((encoder) => ({
    // Batch normalization, say.
    async encode(x, options) {
      const { shape, data } = await encoder.encode(x, options);
      return tensor(shape, data.map((v) => v - data[0]));
    },
  })),
  "an encoder that mirrors images tells which, and mirror images apart": bending(() => ({
    mirrors: ({ shape: [n] }) => Array.from({ length: n }, () => true),
  })),
  "no call changes what it is given": bending((encoder) => ({
    render(latents, options) {
      latents.noise.data[0] = 0;
      return encoder.render(latents, options);
    },
  })),
  "onStep() is called for each step, in order, with a preview of all images": bending((
    encoder,
  ) => ({
    render: (latents, options) =>
      encoder.render(latents, {
        ...options,
        onStep: (step, total, preview) => options?.onStep?.(step, total, rows(preview, 0, 1)),
      }),
  })),
  "a cancelled call stops within a step": bending((encoder) => ({
    async render(latents, options) {
      const out = await encoder.render(latents, { ...options, signal: undefined });
      if (options?.signal) await encoder.encode(out, options);
      return out;
    },
  })),
  "images and codes of a wrong shape are refused": bending((encoder) => ({
    encode: async (x, options) =>
      x.shape[3] === 4 ? tensor([1, 1], [0]) : await encoder.encode(x, options),
  })),
  "after disposal every call is refused": bending(() => ({
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })),
  "load() refuses a damaged file": { ...sound, load: () => sound.load(toyModel) },
});
