/** Options of training a Diffusion Autoencoder. */

import { type ImageShape, InputError, PROVIDER_CHOICES } from "@countergrade/countergrade";
import {
  type DaeConfig,
  DaeConfigSchema,
  daeParameters,
  parameterCount,
  PRESETS,
} from "@countergrade/countergrade/engine";
import { AugmentationSchema } from "@countergrade/countergrade/images";
import { z } from "zod";

const presets = Object.keys(PRESETS) as [keyof typeof PRESETS, ...(keyof typeof PRESETS)[]];

/**
 * See the descriptions: they appear in the API and in `--help`. Options are part of a job's key, so what is added later is
 * optional without a default: a job that does not use it keeps its key, and with it its result and its checkpoint.
 */
export const DaeTrainingSchema = z.strictObject({
  preset: z.enum(presets).default("tiny64").describe("Architecture by name"),
  config: z.record(z.string(), z.unknown()).optional()
    .describe("Fields of the architecture that differ from the preset"),
  steps: z.int().min(1).max(10_000_000).default(4000).describe("Optimizer steps"),
  stopAfter: z.int().min(1).optional()
    .describe("End after this many steps; the learning rate still falls as if all steps came"),
  batchSize: z.int().min(2).max(1024).default(16).describe("Images that are computed at once"),
  accumulate: z.int().min(1).max(1024).optional()
    .describe(
      "Batches per optimizer step, one after the other: more images in the same memory; default 1",
    ),
  learningRate: z.number().positive().max(1).default(5e-4).describe("Peak learning rate of Adam"),
  warmUp: z.int().min(0).default(100).describe("Steps of linear rise to the peak"),
  decay: z.enum(["cosine", "constant"]).default("cosine").describe("Learning rate after warm-up"),
  weightDecay: z.number().min(0).max(1).default(0).describe("Decoupled weight decay (AdamW)"),
  emaDecay: z.number().min(0).max(1).default(0.998)
    .describe("Decay of the averaged weights; rises to this during the first steps"),
  maxGradientNorm: z.number().positive().default(1).describe("Gradients are clipped to this norm"),
  flip: z.boolean().default(false).describe("Mirror half of the training images left to right"),
  augment: AugmentationSchema.optional()
    .describe(
      `How training images vary: ${
        [...Object.keys(AugmentationSchema.parse({})), "shift"].join(", ")
      }; nothing else is augmented`,
    ),
  encoderAugment: AugmentationSchema.optional().describe(
    "How what the semantic encoder sees of a training image varies beside that, with the fields of augment; what is denoised does not",
  ),
  vicreg: z.strictObject({
    weight: z.number().positive().max(1000).describe(
      "Times this the term of VICReg is added to the denoising loss",
    ),
    augment: AugmentationSchema.describe("How the second view varies, as in augment"),
  }).optional().describe(
    "Self-supervision (VICReg, Bardes et al., ICLR 2022): codes of what the encoder sees and of a second view come together, their numbers spread and do not repeat each other",
  ),
  timeBias: z.number().min(-0.9).max(10).optional().describe(
    "Weighs the loss over the noise: time t of T is drawn as often as (t/T) to this power; 0 draws all alike, 1 mostly much noise; default 0",
  ),
  checkpointEvery: z.int().min(1).default(100).describe("Steps between checkpoints"),
  inspectEvery: z.int().min(1).default(250)
    .describe("Steps between looks at z use, validation loss and sample reconstructions"),
  validationImages: z.int().min(1).max(100_000).optional()
    .describe(
      "Images of the split val that the validation loss is measured on, at most; default 64",
    ),
  earlyStop: z.strictObject({
    patience: z.int().min(1).max(10_000)
      .describe("Inspections in a row without a lower validationLoss before the training ends"),
  }).optional()
    .describe(
      "End after so many inspections (patience) without a lower validation loss; the model is that of the lowest one",
    ),
  storage: z.enum(["F32", "F16"]).default("F32").describe("Number format of the stored weights"),
  threads: z.int().min(0).max(256).default(0).describe("CPU threads; 0 takes all cores"),
  slices: z.literal(true).optional().describe(
    "Volumes slice by slice: a preset for pictures, and one code for all slices, the mean of theirs; to compare presets for volumes with",
  ),
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
  [imageChannels, ...space]: ImageShape,
): DaeConfig {
  const [imageSize] = space;
  const volumes = space.length === 3;
  if (space.some((length) => length !== imageSize)) {
    throw new InputError(
      `Cannot train: expected ${volumes ? "cubes" : "square images"}, current size is ${
        space.join(" × ")
      }`,
      ["dataset"],
    );
  }
  if ((PRESETS[options.preset].axes ?? 2) !== space.length) {
    const fitting = presets.filter((name) => (PRESETS[name].axes ?? 2) === space.length);
    throw new InputError(
      `Cannot train: expected a preset for ${volumes ? "volumes" : "images"} (${
        fitting.join(", ")
      }), current preset is ${options.preset}`,
      ["encoder", "dae", "preset"],
    );
  }
  const refuse = (reason: string, ...field: (string | number)[]): never => {
    throw new InputError(`Cannot train: ${reason}`, ["encoder", "dae", "config", ...field]);
  };
  const images = { imageChannels, imageSize, ...volumes && { axes: 3 as const } };
  const parsed = DaeConfigSchema.safeParse({
    ...PRESETS[options.preset],
    ...images,
    ...options.config,
  });
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    const field = path.map((part) => typeof part === "number" ? part : String(part));
    return refuse(`${field.join(".") || "config"}: ${message}`, ...field);
  }
  const config = parsed.data;
  for (const [name, value] of Object.entries(images)) {
    const current = config[name as keyof typeof images];
    if (current !== value) {
      refuse(`expected ${name} ${value} as in the data set, it is ${current}`, name);
    }
  }
  const { augment, encoderAugment, vicreg } = options;
  const flip = options.flip ||
    [augment, encoderAugment, vicreg?.augment].some((given) => given?.flipHorizontal);
  if (config.laterality && (flip || options.slices)) {
    refuse(
      `laterality: expected ${flip ? "no mirrored images" : "no slices"} beside it`,
      "laterality",
    );
  }
  const parameters = parameterCount(daeParameters(config));
  if (parameters > MOST_PARAMETERS) {
    refuse(`expected at most ${MOST_PARAMETERS} parameters, there are ${parameters}`);
  }
  return config;
}
