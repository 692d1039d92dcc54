/** The encoder plugin `dae`: Diffusion Autoencoders, trained, imported, and run on onnxruntime. */

import { definePlugin, encoders, type Plugin, tasks } from "@countergrade/countergrade";
import { convertDae } from "./convert.ts";
import { describeEncoder } from "./describe.ts";
import { exportEncoder } from "./export.ts";
import { DaeEncoder, readModel, SAMPLER_NAMES } from "./model.ts";
import { DaeTrainingSchema } from "./options.ts";
import { sliceBySlice } from "./slices.ts";
import { trainDae } from "./train.ts";
import { verifyEncoder } from "./verify.ts";

export { convertDae } from "./convert.ts";
export { DaeEncoder, type DaeModel, DEFAULT_SAMPLER, readModel, writeModel } from "./model.ts";
export { type DaeTrainingOptions, DaeTrainingSchema } from "./options.ts";
export { trainDae } from "./train.ts";

/** The plugin. */
export const daeEncoder: Plugin = definePlugin({
  id: "@countergrade/dae-encoder",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(encoders, {
      name: "dae",
      description: "Diffusion Autoencoder (Preechakul et al., CVPR 2022)",
      options: DaeTrainingSchema,
      samplers: SAMPLER_NAMES,
      train: trainDae,
      convert: (...file) => Promise.resolve(convertDae(...file)),
      async load(bytes, options) {
        const model = readModel(bytes);
        const encoder = await DaeEncoder.start(model, options);
        const depth = Number(model.facts.slices ?? 0);
        return depth > 0 ? sliceBySlice(encoder, depth) : encoder;
      },
    });
    registry.add(tasks, describeEncoder);
    registry.add(tasks, exportEncoder);
    registry.add(tasks, verifyEncoder);
  },
});
