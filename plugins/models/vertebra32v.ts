/** A small model of volumes: the vertebra phantom in three axes with an ordinal probe, trained by Countergrade itself. */

import { definePlugin, type Plugin } from "@countergrade/countergrade";
import { models } from "@countergrade/countergrade/jobs";

/** The plugin. `vertebra32v/README.md` is the model's card. */
export const vertebraVolumeModel: Plugin = definePlugin({
  id: "@countergrade/vertebra-volume-model",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(models, {
      name: "vertebra32v",
      description: "Diffusion Autoencoder and ordinal probe of the vertebra phantom, 32³ voxels",
      folder: new URL("./vertebra32v/", import.meta.url),
    });
  },
});
