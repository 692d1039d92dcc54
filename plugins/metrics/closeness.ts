/** The metric `closeness`: how much of the image did the edit change? */

import {
  definePlugin,
  type Images,
  type MetricPlugin,
  metrics,
  takeRows,
} from "@countergrade/countergrade";
import { meanAbsoluteDifference, meanSquaredError } from "@countergrade/countergrade/images";

/**
 * Means over the frames x', with x the original and x̂ its reconstruction without an edit:
 *
 * - `l1` = mean |x' − x|, `rmse` = √(mean (x' − x)²): proximity in image space (Wachter et al. 2018)
 * - `l1Net`, `rmseNet`: the same against x̂, net of what the reconstruction alone changes
 */
const member: MetricPlugin = {
  name: "closeness",
  description:
    "Mean distance of the frames to the original, l1 and rmse in units of intensity (range 2); l1Net and rmseNet are to the " +
    "unedited reconstruction. Lower is closer, zero means that nothing was edited",
  measure({ original, reconstruction, frames }) {
    const [l1, rmse] = distances(original, frames);
    const [l1Net, rmseNet] = distances(reconstruction, frames);
    return { l1, rmse, l1Net, rmseNet };
  },
};

function distances(from: Images, frames: Images): [number, number] {
  const repeated = takeRows(from, new Int32Array(frames.shape[0]));
  const mean = (values: Float64Array) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    mean(meanAbsoluteDifference(repeated, frames)),
    mean(meanSquaredError(repeated, frames).map(Math.sqrt)),
  ];
}

/** Brings the metric `closeness`. */
export const closenessMetric = definePlugin({
  id: "@countergrade/closeness-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
