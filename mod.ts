/**
 * Countergrade: counterfactual explanations of graded medical images with a Diffusion Autoencoder.
 *
 * What a plugin author or a program that embeds Countergrade needs, in the order the data flows:
 * dataset → encoder → latents → probe → editor → image. The trades stand behind doors of their own: `/formats`, `/images`,
 * `/linear`, `/review`, `/engine`, `/jobs`, and, for those who write plugins, `/testing`; `/plugins` are the built-in ones.
 *
 * @module
 */

export {
  type Codes,
  concatRows,
  expectShape,
  type Images,
  type Latents,
  row,
  rows,
  rowSize,
  sizeOf,
  type StoredTensor,
  takeRows,
  type Tensor,
  tensor,
  zeros,
} from "./core/tensor.ts";
export { type ImageShape, pictureShape } from "./core/image_shape.ts";
export { Random } from "./core/random.ts";
export {
  CancelledError,
  CountergradeError,
  type ErrorCode,
  FormatError,
  InputError,
  NotFoundError,
  PluginError,
  ProviderError,
  StorageError,
  UnavailableError,
} from "./core/errors.ts";
export { breathe, breatheAfter, throwIfAborted } from "./core/abort.ts";
export {
  isProviderChoice,
  type Provider,
  PROVIDER_CHOICES,
  type ProviderChoice,
  PROVIDERS,
} from "./core/provider.ts";
export { type ByteSource, bytesSource, FileSource } from "./core/byte_source.ts";
export type { Labels, LabelScale } from "./core/labels.ts";
export { type LabelColumn, labelColumn } from "./core/label_column.ts";
export { type AnyOptions, defineFamily, type Family } from "./core/family.ts";
export type { OptionsSchema } from "./core/options_schema.ts";
export {
  type Batch,
  batches,
  type Dataset,
  type DatasetContext,
  type DatasetHost,
  type DatasetPlugin,
  datasets,
  type DiscoveredDataset,
  type Measurement,
} from "./core/dataset.ts";
export type {
  Artifact,
  Derived,
  JobContext,
  JobEventBody,
  PluginHost,
  PluginIdentity,
  Provenance,
} from "./core/job_context.ts";
export {
  type CallOptions,
  type ConvertHints,
  type Encoder,
  type EncoderPlugin,
  encoders,
  type LoadOptions,
  type SamplerOptions,
  type TrainedModel,
} from "./core/encoder.ts";
export {
  checkProbeJSON,
  type FitContext,
  type Probe,
  type ProbeClasses,
  type ProbeJSON,
  type ProbePlugin,
  probes,
  type Selection,
} from "./core/probe.ts";
export {
  type Aim,
  aimAt,
  type CodeStatistics,
  type Edit,
  type EditContext,
  type EditorPlugin,
  editors,
  type Hold,
  type Target,
  targetGrade,
  targetScore,
} from "./core/editor.ts";
export {
  type Figures,
  type MetricPlugin,
  metrics,
  type PathRecord,
  type PathTools,
  type SeenImages,
  type SeenPaths,
  type TrainingCodes,
} from "./core/metric.ts";
export { type Judge, type Judged, type JudgePlugin, judges } from "./core/judge.ts";
export { type TaskPlugin, tasks } from "./core/task.ts";
export {
  parseOptions,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
} from "./core/host/plugin_options.ts";
export {
  definePlugin,
  type Plugin,
  PLUGIN_NEEDS,
  type PluginNeed,
  type Registry,
} from "./core/host/plugin.ts";
export { Host } from "./core/host/host.ts";
export { writeAtomic, type WriteFile } from "./core/atomic_file.ts";
export type { PluginEntry } from "./core/host/configuration.ts";
export { BUILTINS, loadPlugins, pluginList } from "./core/host/load_plugins.ts";
