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
