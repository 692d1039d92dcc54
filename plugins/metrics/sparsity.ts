/** The metric `sparsity`: is the change confined to a few pixels? */

import { definePlugin, type MetricPlugin, metrics } from "@countergrade/countergrade";
import { percentile } from "@countergrade/countergrade/linear";

/** Changes below this percentile of the reconstruction error count as none. */
const FLOOR_PERCENTILE = 99;
/** … and so do those below a gray level of 8 bits, in units of intensity. */
const GRAY_LEVEL = 2 / 255;

/**
 * `changedPixels`: the share of intensities with |x' − x̂| above the 99th percentile of |x̂ − x| (x the original, x̂ its
 * reconstruction, x' a frame), and above a gray level, the mean over frames: what the edit changed beyond what the encoder changes anyway.
 */
const member: MetricPlugin = {
  name: "sparsity",
  description:
    "Share of pixels (0–1) that differ from the unedited reconstruction by more than the 99th percentile of the " +
    "reconstruction's own error, and more than a gray level of 8 bits, mean over frames; lower is sparser",
  measure({ original, reconstruction, frames }) {
    const size = original.data.length;
    const error = original.data.map((value, k) => Math.abs(reconstruction.data[k] - value));
    const floor = Math.max(percentile(error, FLOOR_PERCENTILE), GRAY_LEVEL);
    let changed = 0;
    for (let k = 0; k < frames.data.length; k++) {
      if (Math.abs(frames.data[k] - reconstruction.data[k % size]) > floor) changed++;
    }
    return { changedPixels: changed / frames.data.length };
  },
};

/** Brings the metric `sparsity`. */
export const sparsityMetric = definePlugin({
  id: "@countergrade/sparsity-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
