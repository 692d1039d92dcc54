/** The embedded default: an encoder of the vertebra phantom with its probe, trained by Countergrade itself. */

import { definePlugin, type Plugin } from "@countergrade/countergrade";
import { models } from "@countergrade/countergrade/jobs";

/** The plugin. `vertebra64/README.md` is the model's card. */
export const vertebraModel: Plugin = definePlugin({
  id: "@countergrade/vertebra-model",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(models, {
      name: "vertebra64",
      description: "Diffusion Autoencoder and ordinal probe of the vertebra phantom, 64 px",
      folder: new URL("./vertebra64/", import.meta.url),
    });
  },
});
