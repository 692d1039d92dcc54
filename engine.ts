/**
 * The engine: graphs with their gradients, networks and their training, diffusion schedules and samplers.
 *
 * @module
 */

export {
  add,
  averagePool,
  clip,
  concat,
  conv,
  convTranspose,
  cos,
  div,
  exp,
  expand,
  flip,
  Graph,
  groupNorm,
  log,
  logSoftmax,
  matmul,
  mul,
  neg,
  type Node,
  pad,
  reduceMean,
  reduceSum,
  reshape,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  sub,
  transpose,
  upsample,
  upsampledConv,
  type Value,
} from "./core/graph/graph.ts";
export type { Attributes, Op, Pads } from "./core/graph/ops.ts";
export { Session } from "./core/graph/session.ts";
export { limitThreads, type SessionOptions } from "./core/graph/session_options.ts";
export { StagedSession } from "./core/graph/staged_session.ts";
export { type OnnxModel, type OnnxPort, readOnnxModel } from "./core/graph/onnx/model.ts";
export { ForeignNetwork } from "./core/graph/foreign/foreign_network.ts";
export { checkedUrl, type KServeAddress, KServeModel } from "./core/graph/foreign/kserve_client.ts";
export { presentProviders, type Started, startOn } from "./core/graph/start.ts";
export {
  constantSource,
  flatten,
  type Initial,
  initialParameters,
  parameterCount,
  type ParameterSource,
  type ParameterSpec,
  unflatten,
} from "./core/nn/parameters.ts";
export {
  type DaeConfig,
  DaeConfigSchema,
  type DaePreset,
  imageShapeOf,
  parseDaeConfig,
  type PresetName,
  PRESETS,
} from "./core/nn/dae_config.ts";
export type { Drop } from "./core/nn/dropout.ts";
export { daeParameters, denoiserNetwork, encoderNetwork } from "./core/nn/dae_network.ts";
export { facingConfig, LATERALITY, lateralityShape } from "./core/nn/laterality.ts";
export { linearSchedule, logSnr, type Schedule } from "./core/diffusion/schedule.ts";
export { clamp, type Denoiser, type WalkOptions } from "./core/diffusion/sampler.ts";
export { ddimInvert, ddimRender, ddimTimes } from "./core/diffusion/ddim.ts";
export { solverInvert, solverRender, solverTimes } from "./core/diffusion/dpm_solver.ts";
export { predictedImage, type TrainingBatch, type Views } from "./core/nn/noisy_batch.ts";
export {
  startState,
  type StepFigures,
  type StepRates,
  type TrainingState,
} from "./core/nn/training_state.ts";
export { Trainer } from "./core/nn/trainer.ts";
export { AccumulatingTrainer } from "./core/nn/accumulation.ts";
export { Validator } from "./core/nn/dae_validation.ts";
export { type Inspection, Inspector } from "./core/nn/dae_inspection.ts";
export {
  type DaeDescription,
  describeDae,
  type LayerDescription,
  type NetworkTotals,
} from "./core/nn/dae_description.ts";
export {
  type ClassifierConfig,
  classifierFeatures,
  classifierParameters,
} from "./core/nn/classifier.ts";
export { Classifier, ClassifierTrainer } from "./core/nn/classifier_training.ts";
