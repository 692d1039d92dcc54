/** A model of knee radiographs: the encoder and an ordinal probe of the Kellgren–Lawrence grade. The images are not here. */

import { definePlugin, type Plugin } from "@countergrade/countergrade";
import { models } from "@countergrade/countergrade/jobs";

/** The plugin. `knee64/README.md` is the model's card. */
export const kneeModel: Plugin = definePlugin({
  id: "@countergrade/knee-model",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    // First, since lists show the newest first.
    registry.add(models, {
      name: "knee64_before",
      description:
        "The knee64 of before, of knees from both sides: paths that were made with it stay open",
      folder: new URL("./knee64_before/", import.meta.url),
      replaced: true,
    });
    registry.add(models, {
      name: "knee64",
      description: "Diffusion Autoencoder and ordinal probe of knee radiographs, 64 px",
      folder: new URL("./knee64/", import.meta.url),
    });
  },
});
