/** The metric `reconstruction`: what the encoder loses without any edit, the floor under all other figures. */

import { definePlugin, type MetricPlugin, metrics } from "@countergrade/countergrade";
import { meanSquaredError, psnr, ssim } from "@countergrade/countergrade/images";

/** A window of SSIM needs this many pixels each way. */
const SSIM_WINDOW = 11;

/** MSE, SSIM (Wang et al. 2004) and PSNR = 10·log₁₀(2²/MSE) of what the model rebuilds, nothing kept beside it, against the original. */
const member: MetricPlugin = {
  name: "reconstruction",
  description:
    "What the model itself rebuilds without an edit against the original: reconstructionMse (range 2; lower is better), reconstructionSsim " +
    "(at most 1; higher is better), reconstructionPsnr (dB; higher is better)",
  measure({ original, reconstruction: shown, plain: reconstruction = shown }) {
    const small = original.shape.slice(2).some((length) => length < SSIM_WINDOW);
    return {
      reconstructionMse: meanSquaredError(original, reconstruction)[0],
      reconstructionSsim: small ? NaN : ssim(original, reconstruction)[0],
      reconstructionPsnr: psnr(original, reconstruction)[0],
    };
  },
};

/** Brings the metric `reconstruction`. */
export const reconstructionMetric = definePlugin({
  id: "@countergrade/reconstruction-metric",
  version: "0.1.0",
  apiVersion: "^1",
  setup: (registry) => registry.add(metrics, member),
});
