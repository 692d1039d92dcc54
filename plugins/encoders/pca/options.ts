/** Options of fitting a principal component autoencoder. */

import { z } from "zod";

/** See the descriptions: they appear in the API and in `--help`. */
export const PcaTrainingSchema = z.strictObject({
  components: z.int().min(1).max(512).default(32)
    .describe("Length of the code: principal components that are kept"),
  passes: z.int().min(1).max(100).default(6)
    .describe("Passes over the images; each brings the components closer to the exact ones"),
});

/** See {@linkcode PcaTrainingSchema}. */
export type PcaTrainingOptions = z.infer<typeof PcaTrainingSchema>;
