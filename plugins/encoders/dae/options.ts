/** Options of training a Diffusion Autoencoder. */

import {
  type DaeConfig,
  daeParameters,
  FormatError,
  InputError,
  parameterCount,
  parseDaeConfig,
  PRESETS,
  PROVIDER_CHOICES,
} from "@countergrade/countergrade";
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
  provider: z.enum(PROVIDER_CHOICES).optional()
    .describe("Where the graphs run; default: what the process was started with"),
});

/** See {@linkcode DaeTrainingSchema}. */
export type DaeTrainingOptions = z.infer<typeof DaeTrainingSchema>;

/** A model file holds its numbers in less than 2 GiB, the limit of an ONNX graph. */
const MOST_PARAMETERS = 500_000_000;

/** The architecture that the options name, for images of a data set. @throws {InputError} When the two do not fit. */
export function configOf(
  options: DaeTrainingOptions,
  [imageChannels, height, width]: readonly [number, number, number],
): DaeConfig {
  if (height !== width) {
    throw new InputError(
      `Cannot train: expected square images, current size is ${height} × ${width}`,
      ["dataset"],
    );
  }
  const refuse = (reason: string, cause?: unknown): never => {
    throw new InputError(reason, ["encoder", "dae", "config"], { cause });
  };
  const images = { imageChannels, imageSize: height };
  const config = parsed({ ...PRESETS[options.preset], ...images, ...options.config }, refuse);
  for (const [name, value] of Object.entries(images)) {
    const current = config[name as keyof typeof images];
    if (current !== value) {
      refuse(`Cannot train: expected ${name} ${value} as in the data set, it is ${current}`);
    }
  }
  const parameters = parameterCount(daeParameters(config));
  if (parameters > MOST_PARAMETERS) {
    refuse(`Cannot train: expected at most ${MOST_PARAMETERS} parameters, there are ${parameters}`);
  }
  return config;
}

function parsed(value: unknown, refuse: (reason: string, cause: unknown) => never): DaeConfig {
  try {
    return parseDaeConfig(value);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return refuse(error.message, error);
  }
}
