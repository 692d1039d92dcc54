/**
 * Countergrade: counterfactual explanations of graded medical images with a Diffusion Autoencoder.
 *
 * The parts in the order the data flows: dataset → encoder → latents → probe → editor → image.
 *
 * @module
 */

export * from "./core/tensor.ts";
export * from "./core/random.ts";
export * from "./core/errors.ts";
export * from "./core/abort.ts";
export * from "./core/lbfgs.ts";
export * from "./core/cholesky.ts";
export * from "./core/rank.ts";
export * from "./core/regression.ts";
export * from "./core/report.ts";
export * from "./core/image_error.ts";
export * from "./core/ssim.ts";
export * from "./core/element.ts";
export * from "./core/safetensors.ts";
export * from "./core/strided.ts";
export * from "./core/npy.ts";
export * from "./core/zip.ts";
export * from "./core/npz.ts";
export * from "./core/pickle.ts";
export * from "./core/torch_checkpoint.ts";
export * from "./core/png.ts";
export * from "./core/resize.ts";
export * from "./core/image.ts";
export * from "./core/dataset.ts";
export * from "./core/input_file.ts";
export * from "./core/encoder.ts";
export * from "./core/probe.ts";
export * from "./core/probe_report.ts";
export * from "./core/standardise.ts";
export * from "./core/training_set.ts";
export * from "./core/linear_model.ts";
export * from "./core/grading.ts";
export * from "./core/linear_probe.ts";
export * from "./core/platt.ts";
export * from "./core/editor.ts";
export * from "./core/interpolate.ts";
export * from "./core/statistics.ts";
export * from "./core/bootstrap.ts";
export * from "./core/metric.ts";
export * from "./core/task.ts";
export * from "./core/plugin.ts";
export * from "./core/atomic_file.ts";
export * from "./core/blobs.ts";
export * from "./core/checkpoint.ts";
export * from "./core/event_bus.ts";
export * from "./core/store.ts";
export * from "./core/sqlite_store.ts";
export * from "./core/watch.ts";
export * from "./core/workspace.ts";
export * from "./core/provenance.ts";
export * from "./core/job.ts";
export * from "./core/jobs.ts";
export * from "./core/load_plugins.ts";
export * from "./core/model_bundle.ts";
export * from "./core/graph/graph.ts";
export * from "./core/graph/gradient.ts";
export * from "./core/graph/session.ts";
export * from "./core/graph/staged_session.ts";
export * from "./core/nn/parameters.ts";
export * from "./core/nn/dae_config.ts";
export * from "./core/nn/dae_network.ts";
export * from "./core/diffusion/schedule.ts";
export * from "./core/diffusion/sampler.ts";
export * from "./core/diffusion/ddim.ts";
export * from "./core/diffusion/dpm_solver.ts";
export * from "./core/nn/noisy_batch.ts";
export * from "./core/nn/dae_training.ts";
export * from "./core/nn/dae_inspection.ts";
