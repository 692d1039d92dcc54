/** A metric of one's own that uses the models: `composition` asks what a second reconstruction loses. */

import { definePlugin, metrics } from "@countergrade/countergrade";
import { meanSquaredError } from "@countergrade/countergrade/images";

/** Brings the metric `composition` (Monteiro et al. 2023): the RMSE of the reconstruction's own reconstruction. */
export default definePlugin({
  id: "example-composition-metric",
  version: "1.0.0",
  apiVersion: "^1",
  setup(registry) {
    registry.add(metrics, {
      name: "composition",
      description:
        "RMSE of a reconstruction and its own reconstruction, in units of intensity; lower is better",
      // Metrics with a cost are measured where they are asked for: evaluate --costly composition
      cost: "one inversion and one rendering of a single image",
      async measure({ reconstruction }, { encode, encodeStochastic, render }) {
        const codes = await encode(reconstruction);
        const noise = await encodeStochastic(reconstruction, codes);
        const again = await render({ codes, noise });
        return { composition: Math.sqrt(meanSquaredError(reconstruction, again)[0]) };
      },
    });
  },
});
