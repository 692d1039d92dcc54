/** A small model of colour images: fundus photographs with an ordinal probe of the grade of retinopathy. The images are not here. */

import { definePlugin, type Plugin } from "@countergrade/countergrade";
import { models } from "@countergrade/countergrade/jobs";

/** The plugin. `retina28/README.md` is the model's card. */
export const retinaModel: Plugin = definePlugin({
  id: "@countergrade/retina-model",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(models, {
      name: "retina28",
      description:
        "Diffusion Autoencoder and ordinal probe of fundus photographs, 28 px, in colour",
      folder: new URL("./retina28/", import.meta.url),
    });
  },
});
