/** Options of training a Diffusion Autoencoder. */

import { type DaeConfig, parseDaeConfig, PRESETS } from "@countergrade/countergrade";
import { z } from "zod";

const presets = Object.keys(PRESETS) as [keyof typeof PRESETS, ...(keyof typeof PRESETS)[]];

/** See the descriptions: they appear in the API and in `--help`. */
export const DaeTrainingSchema = z.strictObject({
  preset: z.enum(presets).default("tiny64").describe("Architecture by name"),
  config: z.record(z.string(), z.unknown()).optional()
    .describe("Fields of the architecture that differ from the preset"),
  steps: z.int().min(1).max(10_000_000).default(4000).describe("Optimiser steps"),
  stopAfter: z.int().min(1).optional()
    .describe("End after this many steps; the learning rate still falls as if all steps came"),
  batchSize: z.int().min(2).max(1024).default(16).describe("Images per step"),
  learningRate: z.number().positive().max(1).default(5e-4).describe("Peak learning rate of Adam"),
  warmUp: z.int().min(0).default(100).describe("Steps of linear rise to the peak"),
  decay: z.enum(["cosine", "constant"]).default("cosine").describe("Learning rate after warm-up"),
  weightDecay: z.number().min(0).max(1).default(0).describe("Decoupled weight decay (AdamW)"),
  emaDecay: z.number().min(0).max(1).default(0.998)
    .describe("Decay of the averaged weights; rises to this during the first steps"),
  maxGradientNorm: z.number().positive().default(1).describe("Gradients are clipped to this norm"),
  flip: z.boolean().default(false).describe("Mirror half of the training images left to right"),
  checkpointEvery: z.int().min(1).default(100).describe("Steps between checkpoints"),
  inspectEvery: z.int().min(1).default(250)
    .describe("Steps between looks at z use and sample reconstructions"),
  storage: z.enum(["F32", "F16"]).default("F32").describe("Number format of the stored weights"),
  threads: z.int().min(0).max(256).default(0).describe("CPU threads; 0 takes all cores"),
});

/** See {@linkcode DaeTrainingSchema}. */
export type DaeTrainingOptions = z.infer<typeof DaeTrainingSchema>;

/** The architecture that the options name, for images of a data set. @throws {FormatError} */
export function configOf(
  options: DaeTrainingOptions,
  [imageChannels, height, width]: readonly [number, number, number],
): DaeConfig {
  const size = height === width ? { imageSize: height } : { imageSize: NaN };
  return parseDaeConfig({ ...PRESETS[options.preset], imageChannels, ...size, ...options.config });
}
