/** How somebody else's autoencoder is used: shapes and ranges on both sides. */

import { z } from "zod";

const length = z.int().min(1).max(1 << 16);

/** The range of intensities that a model sees and gives. */
export const ImageRangeSchema = z.tuple([z.number(), z.number()]).refine(
  ([low, high]) => low < high,
  "expected the lower end first",
);

/** What rendering starts from besides the code. */
export const StochasticSchema = z.enum(["residual", "none"]);

/** What is known about an autoencoder once it has been tried. */
export const AutoencoderSchema = z.strictObject({
  /** `[c, h, w]`. */
  imageShape: z.tuple([length, length, length]),
  /** Shape of one code as the model has it; codes are flat outside. */
  codeShape: z.array(length).min(1).max(4),
  imageRange: ImageRangeSchema,
  stochastic: StochasticSchema,
  encoderInput: z.string(),
  encoderOutput: z.string(),
  decoderInput: z.string(),
  decoderOutput: z.string(),
});

/** See {@linkcode AutoencoderSchema}. */
export type Autoencoder = z.infer<typeof AutoencoderSchema>;

const port = z.string().min(1).max(1000).optional();
const side = z.int().min(1).max(1024);

/** What has to be said of an autoencoder wherever its halves are, as options of a task. */
export const HALVES_OPTIONS = {
  encoderInput: port.describe("Name of the encoder's input, where it has several"),
  encoderOutput: port.describe("Name of the output that is the code, where it has several"),
  decoderInput: port.describe("Name of the decoder's input, where it has several"),
  decoderOutput: port.describe("Name of the output that is the image, where it has several"),
  imageShape: z.tuple([side, side, side]).optional()
    .describe("Channels, height, width of the images; needed where the encoder leaves them free"),
  imageRange: ImageRangeSchema.default([-1, 1]).describe("Range of intensities in the model"),
  stochastic: StochasticSchema.default("residual").describe(
    "residual: what the decoder misses is kept and added again; none: the decoder alone",
  ),
};

/** The result of a task that makes an encoder of one. */
export const HalvesResult = z.object({
  encoder: z.string().describe("Id of the encoder").meta({ artifact: true }),
  imageShape: z.array(z.int()).describe("Channels, height, width"),
  codeSize: z.int().describe("Length of a code"),
});
