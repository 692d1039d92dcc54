/** A model file that says where an autoencoder is served. */

import { FormatError } from "@countergrade/countergrade";
import { readSafetensors, writeSafetensors } from "@countergrade/countergrade/formats";
import { z } from "zod";
import { AutoencoderSchema } from "./autoencoder.ts";

/** The content of the file. */
export const ServedSchema = z.strictObject({
  url: z.string(),
  encoderModel: z.string().min(1),
  decoderModel: z.string().min(1),
  /** For one answer, in ms. */
  timeout: z.number().positive(),
  autoencoder: AutoencoderSchema,
});

/** See {@linkcode ServedSchema}. */
export type Served = z.infer<typeof ServedSchema>;

const FORMAT = "countergrade-kserve";

/** As a safetensors file without tensors. */
export function writeServedModel(served: Served): Uint8Array {
  return writeSafetensors([], { format: FORMAT, served: JSON.stringify(served) });
}

/** Reads a model file. @throws {FormatError} When it is of another kind or damaged. */
export function readServedModel(file: Uint8Array): Served {
  const { metadata: { format, served } } = readSafetensors(file);
  try {
    if (format === FORMAT) return ServedSchema.parse(JSON.parse(served));
  } catch (error) {
    throw new FormatError("Cannot load the model: it does not say where it is", { cause: error });
  }
  throw new FormatError(
    `Cannot load the model: expected metadata format "${FORMAT}", current format is "${
      format ?? "none"
    }"`,
  );
}
