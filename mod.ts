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
export * from "./core/dataset.ts";
export * from "./core/encoder.ts";
export * from "./core/probe.ts";
export * from "./core/editor.ts";
export * from "./core/metric.ts";
export * from "./core/task.ts";
export * from "./core/plugin.ts";
