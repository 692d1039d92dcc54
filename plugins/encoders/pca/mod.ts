/** The encoder plugin `pca`: principal components, the baseline that shows the whole flow in seconds. */

import { definePlugin, encoders, type Plugin } from "@countergrade/countergrade";
import { trainPca } from "./fit.ts";
import { PcaEncoder, readPcaModel } from "./model.ts";
import { PcaTrainingSchema } from "./options.ts";

/** The plugin. */
export const pcaEncoder: Plugin = definePlugin({
  id: "@countergrade/pca-encoder",
  version: "0.1.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(encoders, {
      name: "pca",
      description: "Principal components: a linear baseline that is fitted in seconds",
      options: PcaTrainingSchema,
      train: trainPca,
      load: (bytes) => Promise.resolve().then(() => new PcaEncoder(readPcaModel(bytes))),
    });
  },
});
