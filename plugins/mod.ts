/**
 * The plugins that come with Countergrade, in data-flow order: the only place that knows them all.
 *
 * @module
 */

import type { Plugin } from "@countergrade/countergrade";
import { filesDatasets } from "./datasets/files/mod.ts";
import { npzDatasets } from "./datasets/npz/mod.ts";
import { vertebraDataset } from "./datasets/vertebra/mod.ts";
import { daeEncoder } from "./encoders/dae/mod.ts";
import { kserveEncoder } from "./encoders/autoencoder/kserve.ts";
import { onnxEncoder } from "./encoders/autoencoder/onnx.ts";
import { pcaEncoder } from "./encoders/pca/mod.ts";
import { kserveJudge } from "./judges/classifier/kserve.ts";
import { onnxJudge } from "./judges/classifier/onnx.ts";
import { networkJudge } from "./judges/network.ts";
import { probeJudge } from "./judges/probe.ts";
import { kneeModel } from "./models/knee64.ts";
import { retinaModel } from "./models/retina28.ts";
import { vertebraVolumeModel } from "./models/vertebra32v.ts";
import { vertebraModel } from "./models/vertebra64.ts";
import { linearSvmProbe } from "./probes/linear_svm.ts";
import { logisticProbe } from "./probes/logistic.ts";
import { ordinalProbe } from "./probes/ordinal.ts";
import { gradientEditor } from "./editors/gradient.ts";
import { ridgeProbe } from "./probes/ridge.ts";
import { patternEditor } from "./editors/pattern.ts";
import { rawEditor } from "./editors/raw.ts";
import { shortestEditor } from "./editors/shortest.ts";
import { closenessMetric } from "./metrics/closeness.ts";
import { compositionMetric } from "./metrics/composition.ts";
import { coutMetric } from "./metrics/cout.ts";
import { effectivenessMetric } from "./metrics/effectiveness.ts";
import { frechetMetric } from "./metrics/frechet.ts";
import { identityMetric } from "./metrics/identity.ts";
import { latentCostMetric } from "./metrics/latent_cost.ts";
import { minimalityMetric } from "./metrics/minimality.ts";
import { monotonicityMetric } from "./metrics/monotonicity.ts";
import { reconstructionMetric } from "./metrics/reconstruction.ts";
import { reversibilityMetric } from "./metrics/reversibility.ts";
import { smoothnessMetric } from "./metrics/smoothness.ts";
import { sparsityMetric } from "./metrics/sparsity.ts";
import { validityMetric } from "./metrics/validity.ts";
import { evaluateProbeTask } from "./tasks/probes/evaluate_probe.ts";
import { pathTasks } from "./tasks/mod.ts";
import { trainBaselineTask } from "./tasks/probes/train_baseline.ts";

/**
 * Give them to {@linkcode Host.boot}, with your own behind them.
 *
 * @example
 * ```ts
 * import { Host, probes } from "@countergrade/countergrade";
 * import { builtins } from "@countergrade/countergrade/plugins";
 * import { assert } from "@std/assert";
 *
 * await using host = await Host.boot(builtins);
 * assert(host.names(probes).includes("logistic"));
 * ```
 */
export const builtins: Plugin[] = [
  vertebraDataset,
  npzDatasets,
  filesDatasets,
  daeEncoder,
  pcaEncoder,
  onnxEncoder,
  kserveEncoder,
  logisticProbe,
  linearSvmProbe,
  ordinalProbe,
  ridgeProbe,
  patternEditor,
  shortestEditor,
  rawEditor,
  gradientEditor,
  validityMetric,
  monotonicityMetric,
  closenessMetric,
  reconstructionMetric,
  latentCostMetric,
  identityMetric,
  smoothnessMetric,
  sparsityMetric,
  reversibilityMetric,
  coutMetric,
  effectivenessMetric,
  frechetMetric,
  compositionMetric,
  minimalityMetric,
  onnxJudge,
  networkJudge,
  kserveJudge,
  probeJudge,
  // The newest model is shown first: the one whose images are always there comes last.
  retinaModel,
  kneeModel,
  vertebraModel,
  vertebraVolumeModel,
  pathTasks,
  evaluateProbeTask,
  trainBaselineTask,
];
